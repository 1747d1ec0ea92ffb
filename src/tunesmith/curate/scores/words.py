"""The word lists behind ``scores``: what a score is called, which scores are not the one asked for.

Everything here is data, so that a person can add a label or a language without reading the program. Words stand in
lower case, with ``_`` for a blank within one.
"""

from __future__ import annotations


def _words(words: str) -> tuple[str, ...]:
    return tuple(word.replace("_", " ") for word in words.split())


# "Score: 4" in the languages of the judges met so far.
SCORES = _words(
    """score scores scoring rating ratings rate grade evaluation assessment judgment judgement verdict points_awarded
    score_value rating_value quality response_quality 质量 score_awarded rating_score bewertung punktzahl
    gesamtbewertung gesamtnote punkte note_globale évaluation puntuación puntuacion calificación calificacion
    valoración punteggio valutazione voto pontuação avaliação оценка балл 评分 得分 分数 打分 评级 評分 分數 評級
    評価 スコア 点数 評点 得点 점수 평점 평가"""
)
# Said of much else too ("Note: 4 files", "Answer: 4"): believed alone in a sentence, and only without a better one.
WEAK_SCORES = _words("note nota mark marks points result value")
# Names that close an evaluation: they outweigh a score given earlier.
FINAL_SCORES = _words(
    """overall total final in_total all_in_all in_conclusion in_summary to_sum_up verdict conclusion 总分 总评 综合
    总体 最终 总计 総合 종합 최종"""
)
# Before a score's name: these make it the last word ...
FINAL = _words(
    "final finally overall total revised updated adjusted corrected aggregate combined concluding definitive"
)
FINAL_ZH = _words("最终 最后 总体 综合 整体 总 最終 最後 總體 綜合 整體 總 総合 최종 종합")
# ... these say that it is another one (the best there could be, the one given before) ...
OTHER = _words(
    """initial initially first preliminary provisional tentative original earlier previous previously prior old former
    draft max maximum minimum min highest lowest top perfect full possible ideal best worst passing average mean
    median expected target baseline default half higher lower better worse"""
)
OTHER_ZH = _words("初步 初始 最初 原始 之前 此前 上次 最高 最低 满 平均 基础 用户 预期 參考 参考")
# ... and these say nothing: "so my score", "the response's numeric quality score".
PASSABLE = _words(
    """a an the my our your this that its so thus therefore hence and is as with given give gives assign assigned
    award deserves deserve earns earn receives receive gets get merits merit warrants warrant have numeric
    numerical quality response response's answer answer's output assistant assistant's ai evaluation evaluator
    judge judge's single star point deserving here here's it suggested recommended appropriate resulting of be
    would individual yields solid strong llm"""
)
PASSABLE_ZH = _words(
    """的 我 本 此 该 该回答 因此 所以 故 故而 其 给出 给予 给 为 質量 质量 回答 答案 回复 我的 综上 作出 一个 個 个
    数值"""
)
# What a score may be said to be for: "the score for this response is 4".
TOPICS = _words(
    """the this that given response answer it output assistant ai model's model assistant's overall quality text reply
    provided above translation summary essay solution code explanation user's instruction to and in terms of its
    response's answer's based on"""
)

# One dimension a line, every name that judges use for it.
DIMENSIONS = tuple(
    _words(line)
    for line in """
    accuracy accurate correctness factuality factual_accuracy genauigkeit 准确性 准确度 正确性 準確性 正確性 正確さ
    helpfulness helpful usefulness 有用性 有帮助性 帮助性 实用性 hilfreich
    relevance relevancy 相关性 相關性 切题性 関連性 관련성 relevanz pertinence relevancia
    clarity readability 清晰度 清晰性 可读性 明確さ klarheit claridad clarté
    completeness comprehensiveness coverage 完整性 全面性 完全性 vollständigkeit
    coherence consistency logic 连贯性 一致性 逻辑性 kohärenz
    fluency grammar language 流畅性 流畅度 语法 语言表达
    depth level_of_detail detail details 深度 详细程度 细节
    conciseness brevity 简洁性 简洁度
    creativity originality novelty 创造性 创新性 原创性
    harmlessness safety toxicity 安全性 无害性
    instruction_following instruction_adherence adherence 指令遵循 遵循指令
    honesty truthfulness faithfulness groundedness 真实性 忠实度
    style tone format formatting structure organization presentation 风格 语气 格式 结构
    reasoning insight engagement informativeness difficulty complexity 推理 信息量 难度 复杂度
    """.strip().splitlines()
)

# What a score is counted in.
STARS = "stars?|sterne?n?|étoiles?|estrellas?|stelle|颗星|つ星|星"
UNITS = "points?|pts?|marks?|punkte?n?|puntos?|punti|pontos?|балл(?:а|ов|ы)?|分|(?<=[\\d\\s])[点點]|점|" + STARS

# After a score a sentence may go on like this; "4 examples" may not.
AFTER = """because|since|as|for|on|due|given|with|but|based|overall|which|while|although|though|however|seems|
rather than|instead of|when|where|here|therefore|thus|so|to (?:this|the|it|that|reflect)|not an?|
in (?:terms|my view|my opinion|this case|accuracy)|
is (?:appropriate|warranted|fair|justified|deserved|reasonable|given|my|suitable|fitting|well)|
would be (?:appropriate|warranted|fair|justified|reasonable|my|suitable|fitting)|and (?:not|here|my|the|is|it|this)|
weil|da|denn|car|parce|porque|perché|because of"""
AFTER_ZH = "因为|因為|由于|由於|主要|理由|原因|是因为|より|です|입니다|이다|を"
# A judge that forgets the line break begins its explanation so: "4 The response is right".
OPENERS = _words(
    """The This It Its I In While Although Though However Overall There Because A An Given Based Response Answer
    Explanation Reason Reasoning Rationale Justification Comment Comments Feedback Excellent Good Great Poor Fair
    Very Mostly Partially Fully Perfect Accurate Assistant That These"""
)

# Before a number: it is a bound or an estimate, not a score.
HEDGES = """about|around|approximately|approx\\.?|roughly|nearly|almost|close to|circa|ca\\.|some|at least|at most|
at minimum|no less than|no more than|not less than|not more than|less than|fewer than|more than|lower than|
higher than|greater than|better than|above|below|over|under|up to|between|anywhere from|somewhere|from|not|maybe|
perhaps|possibly|slightly|just under|just over|minimum|maximum"""
HEDGES_ZH = """大约|大概|约|左右|至少|至多|最多|最少|不到|低于|高于|超过|介于|将近|接近|不是|约为|可能|或许"""
# Between "I would give it a" and the number.
FILLERS = """a|an|the|just|exactly|only|precisely|simply|score of|rating of|grade of|mark of|score|rating|solid|strong|
firm|clear|perfect|generous|respectable|decent|fair|definite|weak|well-deserved|full|eine?|un|une|una|it"""

# A reply may greet before it comes to its score.
GREETINGS = _words(
    """sure certainly okay ok of course hello hi thanks thank you absolutely alright understood yes got it no problem
    好的 当然 好 可以 您好 你好"""
)
# What a line speaks of that leads over to the score.
ABOUT_SCORES = _words("score rating rate evaluat assess grade judg review 评 分 評 평가 점수 bewert")
