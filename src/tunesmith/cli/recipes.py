"""``tunesmith recipes``: what there is and what it says."""

from __future__ import annotations

import json

import click

from tunesmith.recipes import builtin_recipes, load_recipe, recipe_schema


@click.group()
def recipes() -> None:
    """The recipes that come with tunesmith, and their settings."""


@recipes.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_recipes(as_json: bool) -> None:
    """Name each recipe with a line on what it does."""
    found = [load_recipe(name) for name in builtin_recipes()]
    if as_json:
        click.echo(json.dumps([recipe.model_dump(mode="json") for recipe in found], ensure_ascii=False))
        return
    for recipe in found:
        click.echo(f"{recipe.name}: {recipe.description}")
        click.echo(f"    steps: {', '.join(step.label for step in recipe.steps)}")
        if recipe.paper:
            click.echo(f"    {recipe.paper}")


@recipes.command("show")
@click.argument("name")
def show_recipe(name: str) -> None:
    """Print a recipe as YAML with every setting, ready to be edited and run."""
    click.echo(load_recipe(name).to_yaml(), nl=False)


@recipes.command("schema")
def schema() -> None:
    """Print the JSON Schema of recipe files, for editors."""
    click.echo(json.dumps(recipe_schema(), indent=2))
