"""Exploring a domain as a tree of tasks: extend, enrich, prune, filter, sample; in files, and as a page."""

from .accounts import accounts, why_pruned
from .asking import KINDS, Asking, Manner
from .domain import Domain, builtin_domains, domain_file, load_domain
from .endings import Outcome
from .enrich import Enrich, enrich
from .extend import Extend, extend
from .home import Home, domain_files
from .page import page_of
from .prune import filter_examples, prune
from .rehearse import rehearse
from .rounds import Saver, Work
from .sample import CAP, all_rows, sample
from .tree import Task, Tree, new_tree
from .tree_files import TreeFolder, files_of, read_tree

__all__ = [
    "CAP",
    "KINDS",
    "Asking",
    "Domain",
    "Enrich",
    "Extend",
    "Home",
    "Manner",
    "Outcome",
    "Saver",
    "Task",
    "Tree",
    "TreeFolder",
    "Work",
    "accounts",
    "all_rows",
    "builtin_domains",
    "domain_file",
    "domain_files",
    "enrich",
    "extend",
    "files_of",
    "filter_examples",
    "load_domain",
    "new_tree",
    "page_of",
    "prune",
    "read_tree",
    "rehearse",
    "sample",
    "why_pruned",
]
