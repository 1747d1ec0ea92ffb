"""tunesmith: from a pile of instructions to a tuned, measured language model, every row accounted for."""

from importlib.metadata import version

from .errors import Drop, TunesmithError, Unreadable
from .recipes import Plan, Recipe, Run, load_recipe, run_recipe
from .rows import Row
from .steps import RowStep, Step, TableStep, TeacherStep
from .teacher import Limits, Message, Reply, ReplyStore, Request, Teacher, connect

__version__ = version("tunesmith")

__all__ = [
    "Drop",
    "Limits",
    "Message",
    "Plan",
    "Recipe",
    "Reply",
    "ReplyStore",
    "Request",
    "Row",
    "RowStep",
    "Run",
    "Step",
    "TableStep",
    "Teacher",
    "TeacherStep",
    "TunesmithError",
    "Unreadable",
    "connect",
    "load_recipe",
    "run_recipe",
]
