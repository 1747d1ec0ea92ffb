"""Rows in a second language: linked, checked, asked again, and never silently half done."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.loopback import Json, Loopback, completion, prompt_of
from tunesmith.curate.translation.spans import kept_texts
from tunesmith.errors import Unreadable, UsageError
from tunesmith.rows import Row
from tunesmith.steps import Ledger
from tunesmith.steps.translate import Translate
from tunesmith.teacher import Reply, ReplyStore, Teacher, Voice, connect

ROW: Row = {
    "id": "7",
    "instruction": "Explain `len(x)` to a child.",
    "input": "",
    "output": "It counts.",
    "topic": "code",
}
CHINESE = "给孩子讲解 `len(x)`。"


def marked(*texts: str) -> str:
    return "\n".join(f"<text_{n}>\n{text}\n</text_{n}>" for n, text in enumerate(texts, 1))


def play(
    step: Translate, rows: list[Row], replies: list[str] | Callable[[str], str], server: Loopback, tmp_path: Path
) -> tuple[list[Row], list[Row], Ledger]:
    async def behave(body: Json, nth: int, request: Any) -> Any:
        text = replies(prompt_of(body)) if callable(replies) else replies.pop(0) if len(replies) > 1 else replies[0]
        return web.json_response(completion(text, body))

    server.behaviour = behave
    entries: list[Row] = []
    ledger = Ledger(step.label, entries.append)
    with Teacher({"": Voice(connect("openai:gpt", server.url))}, ReplyStore(tmp_path / "s.sqlite")) as teacher:
        return list(step.run(rows, ledger, teacher)), entries, ledger


def test_a_row_and_its_translation(server: Loopback, tmp_path: Path) -> None:
    out, entries, _ = play(Translate(), [ROW], [marked(CHINESE)], server, tmp_path)
    assert out == [
        ROW | {"language": "English"},
        ROW
        | {"id": "7.translate.1", "instruction": CHINESE, "output": "", "language": "Chinese", "translation_of": "7"},
    ]
    assert [(entry["row"], entry["fate"]) for entry in entries] == [("7", "changed"), ("7.translate.1", "added")]
    assert "`len(x)`" in prompt_of(server.bodies[0]).partition("as often as in the text")[2]


def test_input_and_output_too(server: Loopback, tmp_path: Path) -> None:
    row = ROW | {"input": "for beginners"}
    reply = marked(CHINESE, "面向初学者", "它计数。")
    step = Translate(columns=("instruction", "input", "output"))
    out, _, _ = play(step, [row], [reply], server, tmp_path)
    assert (out[1]["input"], out[1]["output"]) == ("面向初学者", "它计数。")


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (marked("给孩子讲解 `len(y)`。"), "changed what must stay"),
        (marked("给孩子讲解长度。"), "changed what must stay"),
        (marked("给孩子讲解 `len(x)` 和 `len(x)`。"), "changed what must stay"),
        (marked(str(ROW["instruction"])), "left as it was"),
        (CHINESE, "no translation between the marks"),
        (marked(CHINESE) + marked(CHINESE), "more than one translation between the marks"),
        (marked(" "), "an empty translation between the marks"),
        (marked("好的，翻译如下：" + CHINESE), "a remark stands before the translation"),
        (marked("抱歉，我无法协助完成此请求。"), "a refusal instead of a translation"),
    ],
)
def test_asked_again_and_mended(server: Loopback, tmp_path: Path, reply: str, why: str) -> None:
    out, entries, _ = play(Translate(), [ROW], [reply, marked(CHINESE)], server, tmp_path)
    assert [row["language"] for row in out] == ["English", "Chinese"]
    assert len(entries[0]["replies"]) == 2
    out, entries, ledger = play(Translate(), [ROW | {"id": "8"}], [reply], server, tmp_path / "two")
    assert out == [ROW | {"id": "8", "language": "English"}]
    refused = entries[0]
    assert (refused["row"], refused["fate"]) == ("8.translate.1", "refused")
    assert why in refused["reason"]
    assert refused["reason"].endswith("asked 3 times")
    assert len(refused["replies"]) == 3
    assert refused.get("text") == ROW["instruction"] or "marks" in why
    assert ledger.tally.fates == {"refused": 1, "changed": 1}


def test_only_pairs(server: Loopback, tmp_path: Path) -> None:
    out, (entry,), _ = play(Translate(only_pairs=True), [ROW], [marked("给孩子讲解长度。")], server, tmp_path)
    assert out == []
    assert entry["fate"] == "dropped"
    assert entry["translation"] == "给孩子讲解长度。"
    assert "`len(x)`" in entry["problem"]


@pytest.mark.parametrize(
    "reply",
    [
        f"Sure, here you are:\n<text_1>{CHINESE}</text_1>\nAnything else?",
        f"```xml\n<TEXT_1>\n{CHINESE}\n</TEXT_1>\n```",
        f"< text_1 >{CHINESE}",
        f"＜text_1＞{CHINESE}＜/text_1＞",
        f"<text 1>{CHINESE}</text 1>",
    ],
)
def test_marks_are_read_with_some_goodwill(server: Loopback, tmp_path: Path, reply: str) -> None:
    out, _, _ = play(Translate(), [ROW], [reply], server, tmp_path)
    assert out[1]["instruction"] == CHINESE
    assert len(server.bodies) == 1


def test_a_text_that_has_our_marks_gets_others() -> None:
    row = ROW | {"instruction": "What does <text_1> mean?"}
    (request,) = Translate().requests(row)
    assert "<textx_1>\nWhat does <text_1> mean?\n</textx_1>" in request.messages[0].content
    first, second = Translate().parse(row, [Reply("<textx_1>\n<text_1> 是什么意思？\n</textx_1>")])
    assert isinstance(second, dict)
    assert second["instruction"] == "<text_1> 是什么意思？"


@pytest.mark.parametrize("text", ["12 + 30", "x = [1, 2]\nprint(x)", "https://a.org/b", "<noinput>", "$E = mc^2$", ""])
def test_what_has_nothing_to_translate_is_not_sent_and_stays(text: str) -> None:
    row = ROW | {"input": text}
    (request,) = Translate().requests(row)
    assert "<text_2>" not in request.messages[0].content
    _, other = Translate().parse(row, [Reply(marked(CHINESE))])
    assert isinstance(other, dict)
    assert other["input"] == text


def test_nothing_to_ask_at_all(server: Loopback, tmp_path: Path) -> None:
    out, entries, _ = play(Translate(), [ROW | {"instruction": "2 + 2 = ?"}], ["unused"], server, tmp_path)
    assert server.bodies == []
    assert [row["language"] for row in out] == ["English", "Chinese"]
    assert entries[0]["reason"] == "nothing to translate: copied"


def test_names_may_stay_in_an_input_but_not_in_the_instruction() -> None:
    row = ROW | {"input": "Ada Lovelace, Alan Turing"}
    _, other = Translate().parse(row, [Reply(marked(CHINESE, row["input"]))])
    assert isinstance(other, dict)
    assert other["input"] == row["input"]
    with pytest.raises(Unreadable, match="left as it was"):
        Translate().parse(ROW | {"instruction": "Describe Ada"}, [Reply(marked("Describe Ada"))])


def test_names_of_code_are_not_spared() -> None:
    row = ROW | {"input": "Ada `x`"}
    with pytest.raises(Unreadable, match="changed what must stay"):
        Translate().parse(row, [Reply(marked(CHINESE, "Ada `y`"))])


def test_the_material_of_a_task_about_wording_may_stay() -> None:
    row = ROW | {"instruction": "Correct the spelling.", "input": "The cats curld up."}
    _, other = Translate().parse(row, [Reply(marked("改正拼写。", row["input"]))])
    assert isinstance(other, dict)
    assert other["input"] == row["input"]
    for said in ("The cats curled up.", "Here you are: the cats"):
        with pytest.raises(Unreadable, match="input"):
            Translate().parse(row, [Reply(marked("改正拼写。", said))])


def test_one_translation_for_two_texts() -> None:
    row = ROW | {"instruction": "Summarise the paragraph.", "input": "Genes can be replaced."}
    with pytest.raises(Unreadable, match="the same translation of different texts"):
        Translate().parse(row, [Reply(marked("总结这个段落。", "总结这个段落。"))])


@pytest.mark.parametrize("reply", [marked("抱歉，我无法协助完成此请求。"), "抱歉，我無法協助完成此請求。"])
def test_a_refusal_goes_to_the_fallback_teacher(server: Loopback, tmp_path: Path, reply: str) -> None:
    async def behave(body: Json, nth: int, request: Any) -> Any:
        return web.json_response(completion(reply if body["model"] == "gpt" else marked(CHINESE), body))

    server.behaviour = behave
    step, entries = Translate(fallback=("openai:other",)), list[Row]()
    voices = {name: Voice(connect(name or "openai:gpt", server.url)) for name in ("", "openai:other")}
    with Teacher(voices, ReplyStore(tmp_path / "s.sqlite")) as teacher:
        out = list(step.run([ROW], Ledger(step.label, entries.append), teacher))
    assert out[1]["instruction"] == CHINESE
    assert [body["model"] for body in server.bodies] == ["gpt", "other"]
    assert entries[0]["refusals"] == [{"teacher": "openai:gpt", "reason": "declined in words"}]


def test_ids_that_an_earlier_run_has_given(server: Loopback, tmp_path: Path) -> None:
    rows = [ROW | {"id": "7"}, ROW | {"id": "7.translate.1", "language": "German"}]
    for attempt in ("one", "again"):
        ledger = Ledger("translate", lambda entry: None, None, rows)
        with Teacher({"": Voice(connect("openai:gpt", server.url))}, ReplyStore(tmp_path / "s.sqlite")) as teacher:
            server.behaviour = lambda body, nth, request: _said(marked(CHINESE), body)
            out = list(Translate().run(rows, ledger, teacher))
        assert [row["id"] for row in out] == ["7", "7.translate.2", "7.translate.1"], attempt


async def _said(text: str, body: Json) -> Any:
    return web.json_response(completion(text, body))


@pytest.mark.parametrize("said", ["unknown", "nan", "", "Chinese (Simplified)"])
def test_what_a_column_says_of_the_language(said: str) -> None:
    row = ROW | {"language": said}
    assert bool(Translate().requests(row)) == (said != "Chinese (Simplified)")
    if said.startswith("Chinese"):
        after = Translate().parse(row, [])
        assert isinstance(after, dict)
        assert after["language"] == "Chinese"


def test_rows_in_other_languages(server: Loopback, tmp_path: Path) -> None:
    texts = ["写一首诗。", "詩を書いてください。", "Напиши стихотворение.", "Write a poem.", "Schreibe ein Gedicht."]
    rows = [{"id": str(n), "instruction": text, "input": ""} for n, text in enumerate(texts)]
    rows[4]["language"] = "German"
    rows.append({"id": "5", "instruction": "Say hi.", "input": "", "language": "en"})
    said = {"Write a poem": "写一首诗。", "Say hi": "打个招呼。"}
    out, entries, ledger = play(
        Translate(), rows, lambda prompt: marked(next(v for k, v in said.items() if k in prompt)), server, tmp_path
    )
    assert [(row["id"], row["language"]) for row in out] == [
        ("0", "Chinese"), ("1", "Japanese"), ("2", "other"), ("3", "English"), ("3.translate.1", "Chinese"),
        ("4", "German"), ("5", "English"), ("5.translate.1", "Chinese"),
    ]  # fmt: skip
    assert entries[0]["reason"] == "not in English: not translated"
    assert ledger.tally.notes == ["not in English and so not translated: 1 Chinese, 1 Japanese, 1 other, 1 German"]


def test_any_pair(server: Loopback, tmp_path: Path) -> None:
    row = {"id": "0", "instruction": "写一首关于大海的诗。", "input": ""}
    step = Translate(language="Chinese", target="German")
    out, _, _ = play(step, [row], [marked("Schreibe ein Gedicht über das Meer.")], server, tmp_path)
    assert [row["language"] for row in out] == ["Chinese", "German"]


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"target": "English"}, "both English"),
        ({"target": "Chinse"}, "did you mean 'Chinese'"),
        ({"target": "de"}, "German"),
        ({"columns": ()}, "at least 1"),
        ({"keep": (" ",)}, "no word"),
    ],
)
def test_settings_that_make_no_sense(settings: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        Translate.model_validate(settings)


def test_a_prompt_without_the_marked_texts_is_refused_before_anything_is_asked(tmp_path: Path) -> None:
    file = tmp_path / "bare.txt"
    file.write_text("Translate into Chinese: {instruction}")
    with pytest.raises(UsageError, match=r"bare\.txt does not name \{texts\}"):
        Translate(prompt=file).prompts()


def test_a_prompt_of_ones_own(tmp_path: Path) -> None:
    file = tmp_path / "own.txt"
    file.write_text("From {source} into {target}, of {topic}:\n{texts}")
    step = Translate(prompt=file)
    assert (
        step.requests(ROW)[0].messages[0].content.startswith("From English into Chinese, of code:\n<text_1>\nExplain")
    )
    assert set(step.reads) == {"instruction", "topic"}


PIECES = st.sampled_from(
    ["`", "```", "$", "$$", "{", "}", "\\(", "\\)", "\n", " ", "5", "word ", "x^2", "写诗", "。", "`a`", "$b$", "{c}",
     "<text_1>", "</text_1>", "the ", "https://x.org/ "]
)  # fmt: skip
TEXTS = st.lists(PIECES | st.text(max_size=3), max_size=25).map("".join)


@settings(deadline=None)
@given(TEXTS.filter(lambda text: bool(text.strip())), TEXTS, st.booleans())
def test_whatever_the_teacher_says_the_spans_are_the_same_or_there_is_no_row(text: str, said: str, wrap: bool) -> None:
    row = {"id": "0", "instruction": text, "input": ""}
    step = Translate()
    requests = step.requests(row)
    mark = re.search(r"<(textx*)_1> and", requests[0].messages[0].content) if requests else None
    reply = f"<{mark[1]}_1>{said}</{mark[1]}_1>" if mark and wrap else said
    try:
        after = step.parse(row, [Reply(reply)] if requests else [])
    except Unreadable:
        return
    for made in [after] if isinstance(after, dict) else after:
        assert kept_texts(str(made["instruction"]).strip()) == kept_texts(text.strip())
        for plain in (r"`[^`\n]+`", r"\{[^{}]*\}"):
            if not {"`", "$", "{", "}", "\\", "~"} & set(
                re.sub(plain, "", text) + re.sub(plain, "", made["instruction"])
            ):
                assert sorted(re.findall(plain, made["instruction"])) == sorted(re.findall(plain, text))
