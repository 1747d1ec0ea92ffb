"""Whether an answer does nothing but decline, in English or Chinese.

Careful on purpose: an answer that declines and then helps, or that was to be a refusal ("Write a polite no"), is an
answer. So the opening must say that the speaker cannot help, answer, write and the like, what follows may only explain
or offer other help, and the whole must be short. What is missed costs nothing but a second opinion.
"""

from __future__ import annotations

import re

_LONGEST = 700  # characters; Chinese needs a third of them
_LIST_OR_CODE = re.compile(r"```|^\s*(?:[-*•]|\d+[.)、])\s", re.MULTILINE)

_SORRY = (
    r"(?:(?:I['’]m|I am|we['’]re)\s+(?:(?:very|so|really|truly)\s+)?(?:sorry|afraid)"
    r"|sorry|apologies|I apologi[sz]e|unfortunately|regrettably)"
)
_AS_AN_AI = (
    r"as an? (?:AI|artificial intelligence|(?:large )?language model|(?:text|virtual|digital)[\w -]*assistant)"
    r"[^,.]{0,40}"
)
_CANNOT = (
    r"I(?:['’]m| am) (?:unable|not (?:able|in a position|programmed|comfortable|allowed|permitted))(?: to)?"
    r"|I (?:can(?:no|['’])t|can not|won['’]t|will not|must decline|have to decline|do(?: not|n['’]t) feel comfortable)"
    r"(?: to)?"
)
_HELP = (
    r"(?:(?:also|ethically|simply|in good conscience|currently|really|directly)\s+)?"
    r"(?:help(?:ing)?(?!\s+(?:but\b|\w+ing\b))(?: you)?(?: (?:with|to|create|write|make|do)\b)?"
    r"|assist(?:ing|ance)?|fulfil+(?:ing)?|compl(?:y|ying)|provid(?:e|ing)|answer(?:ing)?|complet(?:e|ing)"
    r"|creat(?:e|ing)|generat(?:e|ing)|engag(?:e|ing)|writ(?:e|ing)(?! \w+-)"
    r"|support(?:ing)?|discuss(?:ing)?|participat(?:e|ing)|process(?:ing)?|respond(?:ing)?|offer(?:ing)?|shar(?:e|ing)"
    r"|accommodate|proceed|continue|giv(?:e|ing) (?:you )?(?:advice|instructions))\b"
)
_REQUEST = r"(?:but\s+)?(?:this|that|your|the) (?:request|question|content|prompt|topic)\b"
_TASK = r"(?:but\s+)?th(?:e|is) task (?:involves|requires)\b"
_ENGLISH = re.compile(
    rf"\W*(?:{_SORRY}[\s,.!]*(?:but\s+|that\s+)?)?(?:{_AS_AN_AI},?\s*)?(?:{_CANNOT})\s+{_HELP}"
    rf"|\W*{_SORRY}[\s,.!]*{_REQUEST}[^.]{{0,60}}\b(?:violates|against|inappropriate|not something)"
    # What text-davinci-003 says in Alpaca.
    rf"|\W*{_SORRY}[\s,.!]*{_TASK}[^.]*(?:\.[^.]*)?\b(?:cannot|can['’]t|unable|not possible)\b",
    re.IGNORECASE,
)
_TO_YOU = r"(?:为您|为你|帮您|帮你|给您|给你|向您|向你|就此|对此)?"
_DO = (
    r"(?:提供|协助|帮助|帮忙|回答|满足|生成|撰写|创作|支持|继续|处理|讨论|回应|给出|执行|编写|写|翻译"
    r"|完成(?=[^，。,.！!]{0,8}(?:请求|任务|指令|要求|操作|翻译)))"
)
_CHINESE = re.compile(
    r"\W*(?:(?:非常|很|十分)?(?:抱歉|对不起|对不住|不好意思)|很遗憾|作为(?:一个|一名)?(?:人工智能|AI|语言模型)[^，。,]{0,12})"
    r"[，,。！!\s]*(?:但|但是|不过)?[，,]?\s*(?:作为[^，。,]{2,20}[，,])?"
    r"(?:(?:这|此|该|您的|你的)[^，。,]{0,6}(?:问题|请求|要求|内容|任务)[，,]?)?(?:我|本人)?(?:们)?(?:暂时|目前|现在|也)?"
    rf"(?:无法|不能|没办法|没法|不会|不便|拒绝|不可以){_TO_YOU}{_DO}"
    rf"|\W*我(?:无法|不能|没办法|没法){_TO_YOU}(?:提供|协助|回答|满足|生成|撰写|编写|写)"
    r"|\W*(?:我|本人)(?:必须)?拒绝(?:提供|协助|回答|满足|生成|撰写|编写|翻译|执行|完成)"
)
_SIMPLIFIED = str.maketrans(
    "無對為語協幫滿撰寫創繼續處論應執編暫時沒辦會們個請問題這遺給過內容務視實質現無該譯執討術識類賴與開關",
    "无对为语协帮满撰写创继续处论应执编暂时没办会们个请问题这遗给过内容务视实质现无该译执讨术识类赖与开关",
)
_TOLD = re.compile(r"[,.!?][\"”’']?\s+(?:he |she |they |I |[A-Z]\w+ )?(?:said|says|replied|whispered|shouted|cried)\b")
_SORRY_OR_CANNOT = re.compile(
    rf"\W*(?:{_SORRY}|{_CANNOT}|as an AI\b|抱歉|对不起|不好意思|很遗憾|我(?:无法|不能|没办法|拒绝))", re.IGNORECASE
)
_GOES_ON = re.compile(
    r"\b(?:here(?:['’]s| is| are)\b|(?:however,|but) (?:I can|here)|instead, I|that said|nevertheless|in general, "
    r"|generally speaking|for example[,:])|(?:不过|但是?|然而)，?(?:我可以|这里|以下)|以下是|下面是|例如[，：:]",
    re.IGNORECASE,
)


def declines(answer: str) -> bool:
    """Whether the whole answer is a refusal such as "I'm sorry, but I can't assist with that."."""
    text = answer.strip().strip("\"“”'").translate(_SIMPLIFIED)
    chinese = _CHINESE.match(text)
    found = chinese or _ENGLISH.match(text)
    if not found or len(text) > (_LONGEST // 3 if chinese else _LONGEST) or _LIST_OR_CODE.search(text):
        return False
    if _TOLD.search(text.partition("\n")[0], found.end()):  # somebody in a story
        return False
    return "\n\n" not in text[found.end() :].strip() and not _GOES_ON.search(text, found.end())


def may_decline(text: str) -> bool:
    """Whether a text begins as refusals do, so that its translation may read like one."""
    return declines(text) or bool(_SORRY_OR_CANNOT.match(text.translate(_SIMPLIFIED)))
