"""Recipes: what to do with the rows of a source, and running it."""

from .estimate import Estimate, estimate
from .folder import RunFolder
from .pairs import Pair, near_duplicate_pairs
from .plan import Plan
from .recipe import Recipe
from .recipe_files import builtin_recipes, load_recipe, recipe_schema
from .run import Run, run_recipe
from .settings import parse_settings
from .story import current_state, ledger_entries, row_story

__all__ = [
    "Estimate",
    "Pair",
    "Plan",
    "Recipe",
    "Run",
    "RunFolder",
    "builtin_recipes",
    "current_state",
    "estimate",
    "ledger_entries",
    "load_recipe",
    "near_duplicate_pairs",
    "parse_settings",
    "recipe_schema",
    "row_story",
    "run_recipe",
]
