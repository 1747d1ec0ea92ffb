"""Rehearsals ask what a run would ask of a teacher who brings exactly what is asked for."""

import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.explore.teachers import DOMAIN, SEEDS, asked_in, behaviour, diligent, explore, found, tree_in
from tests.loopback import Loopback, prompt_of
from tunesmith.errors import UsageError
from tunesmith.explore import Enrich, Extend, Home, load_domain, new_tree, rehearse
from tunesmith.explore.domain import builtin_domains

PLANS: list[list[Extend | Enrich]] = [
    [Extend(breadth=(3, 2)), Enrich(examples=(50, 20, 12))],
    [Extend(breadth=(2, 2, 2), backtrack=3, branches=2, max_children=4)],
    [Extend(breadth=(5, 5, 5), max_tasks=40, backtrack=2), Enrich(examples=(7,), batch=3)],
    [Extend(breadth=(5, 5, 5), max_requests=9, each=0), Enrich(max_requests=30)],
    [Extend(breadth=(1,), max_depth=6), Enrich(examples=(60, 0, 5))],
    [Extend(max_depth=0), Enrich(examples=(0,))],
]


@pytest.mark.parametrize("plan", PLANS, ids=range(len(PLANS)))
def test_the_count_is_that_of_a_real_run(server: Loopback, tmp_path: Path, plan: list[Extend | Enrich]) -> None:
    server.behaviour = behaviour(diligent)
    folder = found(tmp_path / "tree").path
    tree, asked = rehearse(tree_in(folder), DOMAIN, plan)
    assert server.bodies == []
    for one, requests in zip(plan, asked, strict=True):
        server.bodies.clear()
        explore(folder, server, one)
        assert len(server.bodies) == len(requests)
    real = tree_in(folder)
    assert len(tree.tasks()) == len(real.tasks())
    assert [len(task.examples) for task in tree.tasks()] == [len(task.examples) for task in real.tasks()]


def test_what_was_done_before_is_not_asked_again(server: Loopback, tmp_path: Path) -> None:
    server.behaviour = behaviour(diligent)
    folder = found(tmp_path / "tree").path
    explore(folder, server, Extend(breadth=(3, 2), backtrack=0))
    plan = [Extend(breadth=(3, 4, 2), backtrack=1)]
    _, (requests,) = rehearse(tree_in(folder), DOMAIN, plan)
    server.bodies.clear()
    explore(folder, server, plan[0])
    assert len(server.bodies) == len(requests)


def test_the_first_requests_are_the_very_ones(server: Loopback, tmp_path: Path) -> None:
    server.behaviour = behaviour(diligent)
    folder = found(tmp_path / "tree").path
    plan = [Enrich(examples=(70,), batch=10, fruitless=3)]
    _, (requests,) = rehearse(tree_in(folder), DOMAIN, plan)
    explore(folder, server, plan[0])
    assert [request.messages[0].content for request, _ in requests] == [prompt_of(body) for body in server.bodies]


def test_the_tree_is_not_changed() -> None:
    tree = new_tree("Root", SEEDS)
    rehearse(tree, DOMAIN, [Extend(), Enrich()])
    assert (tree.tasks(), tree.root.examples, tree.state) == ([tree.root], SEEDS, {})


def test_what_would_never_end_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules[rehearse.__module__], "MOST", 100)
    with pytest.raises(UsageError, match="more than 100 requests.* a cap on tasks or requests"):
        rehearse(new_tree("Root", SEEDS), DOMAIN, [Extend(breadth=(2,), max_depth=100)])


@pytest.mark.parametrize("name", builtin_domains())
def test_every_domain_can_be_rehearsed(name: str) -> None:
    domain = load_domain(name)
    tree, asked = rehearse(new_tree(domain.title, domain.seeds()), domain, [Extend(), Enrich(examples=(20,))])
    assert len(tree.tasks()) > 50
    assert all(len(task.examples) >= 20 for task in tree.tasks())
    assert all(asked)


def test_published_prompts_are_rehearsed_too(server: Loopback, shared: Path, tmp_path: Path) -> None:
    server.behaviour = behaviour(diligent)
    paths = {kind: shared / "prompts" / f"explore_instruct_math_{kind}.txt" for kind in ("extend", "enrich")}
    folder = found(tmp_path / "tree", domain=DOMAIN.model_copy(update=paths)).path
    home = Home(folder)
    plan: list[Extend | Enrich] = [Extend(breadth=(4, 2)), Enrich(examples=(50, 20))]
    _, asked = rehearse(home.read(), home.domain(home.read()), plan)
    for one, requests in zip(plan, asked, strict=True):
        server.bodies.clear()
        explore(folder, server, one)
        assert len(server.bodies) == len(requests)
        assert {asked_in(prompt_of(body)).kind for body in server.bodies} < {"published extend", "published enrich"}


@given(
    st.lists(st.integers(0, 3), min_size=1, max_size=3).map(tuple),
    st.integers(0, 3),
    st.fixed_dictionaries(
        {"branches": st.integers(1, 3), "max_children": st.integers(1, 5)},
        optional={"max_tasks": st.integers(1, 20), "max_requests": st.integers(0, 12), "max_depth": st.integers(0, 3)},
    ),
)
@settings(max_examples=60, deadline=None)
def test_caps_hold_whatever_the_settings(breadth: tuple[int, ...], backtrack: int, more: dict[str, Any]) -> None:
    wanted = Extend(breadth=breadth, backtrack=backtrack, **more)
    tree, (asked,) = rehearse(new_tree("Root", SEEDS), DOMAIN, [wanted])
    assert len(tree.tasks()) <= (wanted.max_tasks or 10**6)
    assert len(asked) <= (10**6 if wanted.max_requests is None else wanted.max_requests)
    assert max(task.depth for task in tree.tasks()) <= wanted.depth
    assert max(len(task.children) for task in tree.tasks()) <= wanted.max_children
    again, (nothing,) = rehearse(tree, DOMAIN, [wanted])
    assert nothing == []
    assert len(again.tasks()) == len(tree.tasks())
