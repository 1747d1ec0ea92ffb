"""Recipes: the same in YAML, in Python and on the command line, and wrong ones are explained."""

from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tunesmith.errors import RecipeError, UsageError
from tunesmith.recipes import Recipe, builtin_recipes, load_recipe, parse_settings, recipe_schema
from tunesmith.recipes.recipe import build_recipe
from tunesmith.recipes.settings import parse_list
from tunesmith.steps import STEPS, Step
from tunesmith.steps.answer import Answer
from tunesmith.steps.identity import Identity
from tunesmith.steps.strip_leaks import StripLeaks

names = st.from_regex(r"[a-z][a-z0-9-]{0,8}", fullmatch=True)
shared_settings = {
    "temperature": st.none() | st.floats(0, 2, allow_nan=False),
    "top_p": st.none() | st.floats(0.01, 1, allow_nan=False),
    "max_tokens": st.integers(1, 10**6),
    "tries": st.integers(1, 9),
    "prompt": st.none() | st.sampled_from([Path("/p/a.txt"), Path("/p/ü b.jinja")]),
    "system": st.none() | st.just(Path("/p/s.txt")),
}
steps: st.SearchStrategy[Step] = st.one_of(
    st.builds(Identity, **shared_settings),
    st.builds(Answer, persona=st.sampled_from(["expert", "plain", "static"]), **shared_settings),
    st.builds(StripLeaks),
)
recipes = st.builds(
    Recipe,
    name=names,
    description=st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30),
    steps=st.lists(steps, min_size=1, max_size=4, unique_by=lambda step: step.step),
)


@given(recipes)
def test_yaml_and_python_say_the_same(recipe: Recipe) -> None:
    again = build_recipe(yaml.safe_load(recipe.to_yaml()), "again")
    assert again == recipe
    assert again.to_yaml() == recipe.to_yaml()
    assert [type(step) for step in again.steps] == [type(step) for step in recipe.steps]


@settings(deadline=None)  # checking against a schema of this size takes as long as the machine lets it
@given(recipes)
def test_the_schema_accepts_what_we_accept(recipe: Recipe) -> None:
    jsonschema.validate(yaml.safe_load(recipe.to_yaml()), recipe_schema())


def test_the_schema_refuses_what_we_refuse() -> None:
    jsonschema.Draft202012Validator.check_schema(recipe_schema())
    for wrong in (
        {"name": "x"},
        {"name": "x", "steps": [{"step": "nope"}]},
        {"name": "x", "steps": [{"step": "answer", "x": 1}]},
    ):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, recipe_schema())
    jsonschema.validate({"name": "x", "steps": [{"step": "my_steps.Shout", "loud": True}]}, recipe_schema())


def test_every_recipe_that_ships_is_whole() -> None:
    assert {"expertllama", "alpagasus"} <= builtin_recipes().keys()
    for name in builtin_recipes():
        recipe = load_recipe(name)
        assert recipe.name == name
        assert recipe.description
        answered = ["output"] if name in ("alpagasus", "comparisons") else []
        if name == "evaluate":  # which models is for the user to say
            recipe = recipe.change({"candidates.models": ["openai:a", "openai:b"]})
        assert recipe.check(["instruction", "input", *answered]) == []


def test_settings_from_the_command_line() -> None:
    settings = parse_settings(["answer.persona=plain", "answer.temperature=0.5", "identity.max_tokens=64"])
    recipe = load_recipe("expertllama").change(settings, skip=["strip_leaks"])
    assert [step.label for step in recipe.steps] == ["identity", "answer"]
    assert recipe.steps[1] == Answer(persona="plain", temperature=0.5)
    assert recipe.steps[0] == Identity(max_tokens=64)
    assert load_recipe("expertllama").change({}) == load_recipe("expertllama")


def test_a_step_that_nobody_needs_is_pointed_out() -> None:
    recipe = load_recipe("expertllama").change({"answer.persona": "plain"})
    (hint,) = recipe.check(["instruction"])
    assert "--skip identity" in hint
    assert load_recipe("expertllama").change({"answer.persona": "plain"}, ["identity"]).check(["instruction"]) == []


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ([], "not a recipe"),
        ({"steps": [{"step": "answer"}]}, "'name' is missing"),
        ({"name": "x"}, "'steps' is missing"),
        ({"name": "x", "steps": []}, "steps: expected at least one, found \\[\\]"),
        ({"name": "a b", "steps": [{"step": "answer"}]}, "name"),
        (
            {"name": "x", "steps": [{"step": "anwser"}]},
            "r.yaml: step 1 \\(anwser\\): there is no step 'anwser' \\(did you mean 'answer'\\?\\)",
        ),
        ({"name": "x", "steps": [{}]}, "there is no step"),
        ({"name": "x", "steps": ["answer"]}, "step 1"),
        (
            {"name": "x", "steps": [{"step": "identity"}, {"step": "answer", "persona": "exprt"}]},
            "step 2 \\(answer\\): persona: .*exprt",
        ),
        (
            {"name": "x", "steps": [{"step": "answer", "temprature": 1}]},
            "no setting 'temprature' \\(did you mean 'temperature'",
        ),
        ({"name": "x", "steps": [{"step": "answer", "temperature": 9}]}, "temperature: .*2"),
        ({"name": "x", "steps": [{"step": "answer", "max_tokens": "many"}]}, "max_tokens: .*many"),
        ({"name": "x", "steps": [{"step": "answer"}, {"step": "answer"}]}, "two steps are called 'answer'"),
        ({"name": "x", "steps": [{"step": "no.such.module.Thing"}]}, "cannot be imported"),
        ({"name": "x", "steps": [{"step": "os.path.join"}]}, "is not a Step"),
        ({"name": "x", "steps": [{"step": "..x"}]}, "cannot be imported"),
        ({"name": "x", "steps": 5}, "steps"),
        ({"name": "x", "steps": [{"step": "answer", "name": "../../evil"}]}, "name: expected letters"),
        ({"name": "x", "steps": [{"step": "answer", "name": "a/b"}]}, "name: expected letters"),
        ({"name": "x", "steps": [{"step": "answer"}], "stesp": []}, "no setting 'stesp' \\(did you mean 'steps'"),
    ],
)
def test_wrong_recipes_are_explained(data: Any, words: str) -> None:
    with pytest.raises(RecipeError, match=words):
        build_recipe(data, "r.yaml")


@pytest.mark.parametrize(
    ("settings", "skip", "words"),
    [
        ({"anwser.persona": "plain"}, [], "did you mean 'answer'"),
        ({"answer": "plain"}, [], "STEP.SETTING"),
        ({"answer.personna": "plain"}, [], "did you mean 'persona'"),
        ({"answer.persona": "x"}, [], "persona"),
        ({}, ["idenity"], "did you mean 'identity'"),
        ({}, ["identity", "answer", "strip_leaks"], "steps"),
    ],
)
def test_wrong_changes_are_explained(settings: dict[str, Any], skip: list[str], words: str) -> None:
    with pytest.raises(RecipeError, match=words):
        load_recipe("expertllama").change(settings, skip)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("explore.extend=5", "extend: expected names, each with a value ('name: value'), found 5"),
        ("explore.extend.breadth=", "extend.breadth: expected a list, found nothing"),
        ("explore.extend.breadth=[]", "extend.breadth: expected at least one, found []"),
        ("explore.extend.structured=maybe", "extend.structured: expected true or false, found 'maybe'"),
        ("explore.tokenizer=x", "tokenizer: expected 'rouge' or 'unicode', found 'x'"),
        ("explore.prune=[1]", "prune: expected a number, found [1]"),
        ("explore.prune=-1", "prune: expected 0.0 or more, found -1"),
    ],
)
def test_settings_that_do_not_fit_are_explained_plainly(text: str, said: str) -> None:
    with pytest.raises(RecipeError) as error:
        load_recipe("explore-instruct").change(parse_settings([text]))
    assert str(error.value) == f"the recipe explore-instruct: step 1 (explore): {said}"


def test_only_a_step_is_told_to_be_one() -> None:
    with pytest.raises(RecipeError, match=r"step 1: expected 'step:' and its settings, found 'answer'"):
        build_recipe({"name": "x", "steps": ["answer"]}, "r.yaml")


def test_what_was_set_to_nothing_is_written_out(tmp_path: Path) -> None:
    recipe = load_recipe("explore-instruct").change({"explore.prune": None, "explore.filter": None})
    (tmp_path / "r.yaml").write_text(recipe.to_yaml())
    step = yaml.safe_load(recipe.to_yaml())["steps"][0]
    assert (step["prune"], step["filter"]) == (None, None)
    assert "temperature" not in step["extend"]
    assert load_recipe(tmp_path / "r.yaml") == recipe
    jsonschema.validate(yaml.safe_load(recipe.to_yaml()), recipe_schema())


@pytest.mark.parametrize("text", ["answer.persona", "persona=plain", "answer.persona=[", ""])
def test_settings_that_are_none(text: str) -> None:
    with pytest.raises(UsageError, match="--set"):
        parse_settings([text])


def test_a_column_that_nobody_writes() -> None:
    recipe = Recipe(name="x", steps=[Answer(persona="expert")])
    with pytest.raises(RecipeError, match="the step answer reads the column 'expert_identity', which neither"):
        recipe.check(["instruction", "input"])
    with pytest.raises(RecipeError, match="did you mean 'expert_identty'"):
        recipe.check(["instruction", "expert_identty"])


def test_prompt_files_of_a_recipe_lie_beside_it(tmp_path: Path) -> None:
    (tmp_path / "p.txt").write_text("Say: {question}")
    (tmp_path / "r.yaml").write_text("name: r\nsteps: [{step: answer, persona: plain, prompt: p.txt}]")
    recipe = load_recipe(tmp_path / "r.yaml")
    assert recipe.steps[0].prompts()["prompt"].text == "Say: {question}"


def test_recipe_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="did you mean 'expertllama'"):
        load_recipe("expertlama")
    (tmp_path / "r.yaml").write_text("name: x\nsteps: 5")
    with pytest.raises(RecipeError, match="steps"):
        load_recipe(tmp_path / "r.yaml")
    (tmp_path / "r.yaml").write_text("name: [")
    with pytest.raises(RecipeError, match="not YAML"):
        load_recipe(tmp_path / "r.yaml")


def test_each_step_fixes_its_kind() -> None:
    for kind, found in STEPS.items():
        assert found().step == kind  # type: ignore[call-arg]


@pytest.mark.parametrize("text", ["openai:a,openai:b", "openai:a, openai:b,", ",openai:a,,openai:b"])
def test_a_comma_too_many_names_no_teacher(text: str) -> None:
    assert parse_list(text) == ["openai:a", "openai:b"]
    assert parse_list(" , ") == []
