"""Verbs and nouns of instructions: written examples, and 249 real ones that were labelled by hand."""

import json
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tunesmith.analyze.lemmas import noun_lemma, verb_lemma
from tunesmith.analyze.parser import pair_of, parsed_by
from tunesmith.analyze.verbs import is_english, verb_noun
from tunesmith.errors import UsageError

CASES: dict[str, list[dict[str, Any]]] = yaml.safe_load(
    (Path(__file__).parent / "verb_cases.yaml").read_text(encoding="utf-8")
)

WRITTEN = {
    # imperatives
    "Rewrite the following sentence in your own words.": "rewrite sentence",
    "Please write two short, funny stories.": "write story",
    "WRITE A STORY": "write story",
    "Do not change the order.": "change order",
    "1. List three tips": "list tip",
    "Task: Summarize the passage": "summarize passage",
    "Re-phrase this": None,
    "Re-phrase this paragraph.": "rephrase paragraph",
    "Flabbergast the reader.": "flabbergast reader",
    "Rewriting the text": "rewrite text",
    "Rewrite": None,
    # who gets it, and what
    "Give me three tips for better sleep.": "give tip",
    "Tell her a story.": "tell story",
    "Describe her story.": "describe story",
    "Assign each sentence a label.": "assign label",
    "Tell me about whales.": None,
    "Provide us with a list.": None,
    # several verbs, particles, adverbs
    "Identify and correct the errors.": "identify error",
    "Read, then briefly summarize the text.": "read text",
    "Write down two words.": "write word",
    "Fill in the blank.": "fill blank",
    "Come up with a name.": None,
    "Expand on this idea.": None,
    # the noun of a phrase
    "Explain the difference between a virus and a worm.": "explain difference",
    "Correct the spelling and grammar mistakes.": "correct mistake",
    "List the pros and cons.": "list pro",
    "Write a poem and a song.": "write poem",
    "Summarize the customer's complaints.": "summarize complaint",
    "Write a story describing the sea.": "write story",
    "Remove the words given below.": "remove word",
    "Suggest a few reading lists.": "suggest list",
    "Find the second most frequent letter.": "find letter",
    "Name at least five rivers.": "name river",
    "Generate a 3 by 3 grid.": "generate grid",
    "Name one thing people can do.": "name thing",
    "Write questions a customer could ask.": "write question",
    "Name three emotions we feel.": "name emotion",
    "List lies people tell.": "list lie",
    "Design a poster advertising an event.": "design poster",
    "Cut the shape out of paper.": "cut shape",
    "Compare reading a book to hearing it.": None,
    "Recommend a web hosting service.": "recommend service",
    "Call a web API.": "call api",
    "Explain the way birds navigate.": "explain way",
    "Describe the novel Emma.": "describe novel",
    "Describe Paris.": None,
    'Define the word "serendipity".': "define word",
    'Translate "hello" into French.': None,
    "Name two of the planets.": None,
    "Make this paragraph easier to read.": "make paragraph",
    "Make the dialogue sound natural.": "make dialogue",
    "Make sure it is correct.": None,
    "Consider using a map.": None,
    "Imagine the sun is cold.": None,
    "Imagine a world without sound.": "imagine world",
    "Explain why it rains.": None,
    # what comes first
    "Given a paragraph, identify the main idea.": "identify idea",
    "Using the data below, write a short story about a dog": "write story",
    "Based on names, dates, and places, build a timeline.": "build timeline",
    "Given the text find the verb.": "find verb",
    "If you could fly, which city would you visit?": "visit city",
    "As a chef, how would you describe this dish?": "describe dish",
    # questions
    "What is the capital of France?": None,
    "Can you please give me three tips?": "give tip",
    "How do I fix the bug?": "fix bug",
    "How can schools use such tools?": "use tool",
    "What makes a good leader?": "make leader",
    "Who invented the telephone?": "invent telephone",
    "Which planet has the most moons?": "have moon",
    "How many eggs does a hen lay?": "lay egg",
    "How to bake a cake": "bake cake",
    "What if the moon fell?": None,
    "Why is this loop giving me an error?": "give error",
    "How does it work?": None,
    "What did the first experiment conclude?": None,
    "When did they win the cup?": "win cup",
    # statements
    "I need a recipe for soup.": "need recipe",
    "You are given a list of words. Sort it.": "give list",
    "You will be asked a question.": "ask question",
    "I am building a website.": "build website",
    "I've read the report.": "read report",
    "The text is long. Shorten it.": None,
    "Let's play a game.": None,
    # nothing to read
    "": None,
    "...": None,
    "写一首诗": None,
    "42": None,
}


@pytest.mark.parametrize(("instruction", "pair"), WRITTEN.items(), ids=list(WRITTEN))
def test_written_examples(instruction: str, pair: str | None) -> None:
    assert verb_noun(instruction) == (tuple(pair.split()) if pair else None)


@pytest.fixture(scope="session")
def instruction(shared: Path, alpaca: list[dict[str, Any]]) -> Callable[[str, int], str]:
    """An instruction of the public data, by its source and place."""
    lines = {
        "self_instruct": ("alpagasus/test_sets/sinstruct_test_set.jsonl", "instruction"),
        "vicuna": ("fastchat/question.jsonl", "text"),
        "koala": ("alpagasus/test_sets/koala_test_set.jsonl", "prompt"),
        "wizardlm": ("alpagasus/test_sets/wizardlm_test_set.jsonl", "Instruction"),
        "en_eval": ("explore_instruct/en_eval_set.jsonl", "question"),
    }
    texts = {"alpaca": [row["instruction"] for row in alpaca]}
    for source, (file, column) in lines.items():
        with (shared / file).open(encoding="utf-8") as rows:
            texts[source] = [json.loads(row)[column] for row in rows]
    dolly = json.loads((shared / "alpagasus" / "dolly_3k.json").read_text(encoding="utf-8"))
    texts["dolly"] = [row["instruction"] for row in dolly]
    for path in (shared / "explore_instruct" / "demo_domain").glob("*.json"):
        examples = json.loads(path.read_text(encoding="utf-8")).get("examples", [])
        texts[f"tree/{path.stem}"] = [example["instruction"] for example in examples]
    return lambda source, row: str(texts[source][row])


@pytest.mark.parametrize("group", CASES)
def test_real_instructions(group: str, instruction: Callable[[str, int], str]) -> None:
    wrong = []
    for case in CASES[group]:
        text = instruction(case["from"], case["row"])
        pair = verb_noun(text)
        if (" ".join(pair) if pair else None) != case["pair"]:
            wrong.append((text, pair, case["pair"]))
    assert wrong == []


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(st.text(), st.lists(st.sampled_from(" ".join(WRITTEN).split() + [",", "and", "the", "\n"])).map(" ".join))
)
def test_any_text_gives_two_plain_words_or_nothing(text: str) -> None:
    pair = verb_noun(text)
    assert pair is None or all(word and word == word.lower() and " " not in word for word in pair)


@pytest.mark.parametrize("piece", ["if, ", "write and ", "'a ", "the ", "what ", "is ", "(", "very ", "- ", "a"])
def test_texts_without_end_take_no_time_and_no_stack(piece: str) -> None:
    verb_noun(piece * 200_000)


@pytest.mark.parametrize(
    ("form", "base"),
    [("stories", "story"), ("analyses", "analysis"), ("classes", "class"), ("news", "news"), ("boxes", "box"),
     ("children", "child"), ("bus", "bus"), ("to-do-lists", "to-do-list"), ("heroes", "hero"), ("data", "data"),
     ("houses", "house"), ("lyrics", "lyric"), ("menus", "menu"), ("species", "species"), ("matches", "match")],
)  # fmt: skip
def test_nouns_become_singular(form: str, base: str) -> None:
    assert noun_lemma(form) == noun_lemma(base) == base


@pytest.mark.parametrize(
    ("form", "base"),
    [("wrote", "write"), ("planned", "plan"), ("making", "make"), ("tries", "try"), ("tried", "try"),
     ("passes", "pass"), ("re-write", "rewrite"), ("has", "have"), ("table", None),
     ("running", "run"), ("edited", "edit")],
)  # fmt: skip
def test_verbs_get_their_base_form(form: str, base: str | None) -> None:
    assert verb_lemma(form) == base


@pytest.mark.parametrize(
    ("text", "english"),
    [("Write a poem", True), ("写一首诗", False), ("写一首 poem", True), ("", False), ("1 + 1", False)],
)
def test_what_counts_as_english(text: str, english: bool) -> None:
    assert is_english(text) is english


def token(pos: str, lemma: str, dep: str = "ROOT", *children: Any) -> Any:
    return SimpleNamespace(pos_=pos, lemma_=lemma, dep_=dep, children=children)


@pytest.mark.parametrize(
    ("root", "pair"),
    [
        (token("VERB", "Give", "ROOT", token("PRON", "I", "dative"), token("NOUN", "tip", "dobj")), ("give", "tip")),
        (token("VERB", "describe", "ROOT", token("PROPN", "Paris", "dobj")), None),
        (token("AUX", "be", "ROOT", token("PRON", "what", "attr"), token("NOUN", "capital", "nsubj")), None),
        (token("NOUN", "task", "ROOT", token("VERB", "sort", "acl", token("NOUN", "list", "dobj"))), ("sort", "list")),
        (
            token(
                "NOUN", "task", "ROOT", token("DET", "the"), token("VERB", "sort", "acl", token("NOUN", "x", "dobj"))
            ),
            None,
        ),
    ],
)
def test_a_parsed_sentence_is_read_as_the_published_program_does(root: Any, pair: tuple[str, str] | None) -> None:
    assert pair_of(root) == pair


def fake_spacy(monkeypatch: pytest.MonkeyPatch, *pipes: str) -> None:
    def parse(text: str) -> Any:
        verb, noun = text.lower().split()
        root = token("VERB", verb, "ROOT", token("NOUN", noun, "dobj"))
        return SimpleNamespace(sents=iter([SimpleNamespace(root=root)]))

    class Language:
        pipe_names = list(pipes)

        def __call__(self, text: str) -> Any:
            return parse(text) if text else SimpleNamespace(sents=iter([]))

    def load(model: str) -> Language:
        if model != "en_here":
            raise OSError(f"[E050] Can't find model {model!r}.")
        return Language()

    monkeypatch.setitem(sys.modules, "spacy", SimpleNamespace(load=load))


def test_a_parser_can_read(monkeypatch: pytest.MonkeyPatch) -> None:
    fake_spacy(monkeypatch, "tagger", "parser")
    read = parsed_by("en_here")
    assert read(" Write poems ") == ("write", "poems")
    assert read("  ") is None


def test_a_parser_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    fake_spacy(monkeypatch, "tagger")
    with pytest.raises(UsageError, match="python -m spacy download en_gone"):
        parsed_by("en_gone")
    with pytest.raises(UsageError, match="does not parse sentences; it has tagger"):
        parsed_by("en_here")
    monkeypatch.setitem(sys.modules, "spacy", None)
    with pytest.raises(UsageError, match="pip install spacy"):
        parsed_by("en_here")


def test_a_model_of_spacys_reads_what_it_was_taught(tmp_path: Path) -> None:
    """A model cannot be downloaded in a test, but one that knows a few sentences by heart can be made."""
    spacy = pytest.importorskip("spacy", reason="spaCy is not installed")
    training = import_module("spacy.training")
    language = spacy.blank("en")
    language.add_pipe("morphologizer")
    language.add_pipe("parser", config={"min_action_freq": 1})
    language.add_pipe("trainable_lemmatizer", config={"min_tree_freq": 1})
    lessons = [
        ("Give me three tips .", [0, 0, 3, 0, 0], "ROOT dative nummod dobj punct", "VERB PRON NUM NOUN PUNCT", "give"),
        ("Describe many tips .", [0, 2, 0, 0], "ROOT amod dobj punct", "VERB ADJ NOUN PUNCT", "describe"),
    ]
    examples = []
    for text, heads, deps, pos, verb in lessons:
        words = text.split()
        lemmas = [verb, *[word.removesuffix("s") for word in words[1:]]]
        made = spacy.tokens.Doc(
            language.vocab, words=words, heads=heads, deps=deps.split(), pos=pos.split(), lemmas=lemmas
        )
        examples.append(training.Example(spacy.tokens.Doc(language.vocab, words=words), made))
    optimizer = language.initialize(lambda: examples)
    for _ in range(40):
        language.update(examples, sgd=optimizer)
    language.to_disk(tmp_path / "model")
    read = parsed_by(str(tmp_path / "model"))
    assert read("Give me three tips .") == ("give", "tip")
    assert read("Describe many tips .") == ("describe", "tip")
