"""The word lists behind ``leaks``: what a role is called, what only looks like one, what an expert says next.

Everything here is data, so that a person can add a profession or an exception without reading the program.
Words stand in lower case and in the singular.
"""

from __future__ import annotations


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


def _words(words: str) -> tuple[str, ...]:
    return tuple(words.split())


NEVER = _set(
    # abstract and idiomatic: "as a rule", "as a matter of fact", "as a means of"
    """rule result consequence matter fact whole group resort reminder note point bonus precaution token gesture
    symbol means way form type kind sort part set society nation species team company example alternative aside
    exercise illustration reference guide baseline benchmark default guess estimate approximation compromise
    courtesy favor favour gift reward punishment thank thanks sign tribute joke warning caution caveat disclaimer
    outcome byproduct by-product corollary start beginning end finale preface prelude introduction overview
    summary conclusion starter side hobby habit tradition custom community country culture family couple pair
    unit percentage fraction function formula metaphor analogy simile proof test experiment measure solution
    step response reply replacement substitute supplement complement addition extra rough final first second
    """
    # people, but not for what they know: they speak of their lives, not of a role they were handed
    """child kid baby toddler boy girl teen teenager adolescent youth youngster adult man woman person's human
    being mortal parent mother mom mum father dad grandparent grandmother grandfather son daughter brother sister
    sibling twin uncle aunt cousin wife husband spouse partner friend neighbor neighbour guest visitor stranger
    student pupil freshman graduate undergraduate beginner novice newbie newcomer amateur user consumer customer
    client subscriber shopper buyer seller member citizen resident voter taxpayer immigrant native foreigner
    patient survivor victim reader viewer listener fan lover follower believer owner homeowner pet learner
    candidate applicant employee colleague coworker boss intern volunteer winner loser optimist pessimist realist
    introvert extrovert perfectionist feminist vegetarian vegan tourist christian muslim jew hindu buddhist
    atheist christian woman's american canadian briton australian"""
    # made-up narrators: whoever asks for them wants them to speak
    + """ superhero hero villain knight pirate wizard witch vampire ghost alien dragon monster zombie ninja
    samurai king queen prince princess emperor duke servant slave peasant traveler traveller colonist settler
    explorer warrior soldier robot android cat dog bird tree fish horse lion bear wolf mouse rabbit elephant
    protagonist antagonist narrator detective spy god goddess angel demon devil elf fairy mermaid"""
)

# Endings of learned professions that need no list: botanist, mathematician, photographer ...
ROLE_ENDINGS = ("ologist", "ographer", "ician", "ist", "iatrist", "therapist", "chemist", "economist", "arian")
NOT_BY_ENDING = _set(
    """list twist gist mist fist wrist checklist playlist wishlist waist feast assist consist exist insist persist
    resist racist sexist fascist terrorist extremist communist capitalist socialist nationalist marxist activist
    finalist motorist cyclist hobbyist minimalist idealist humanist nudist tourist antagonist protagonist baptist
    methodist dentist's medalist lobbyist conformist nonconformist vocalist soloist barbarian vegetarian
    humanitarian authoritarian libertarian patrician rapist arsonist colonist enthusiast moralist monist dualist
    behaviorist existentialist nihilist alist evangelist anarchist separatist supremacist populist loyalist"""
)

ROLES = _set(
    """expert professional specialist connoisseur authority consultant advisor adviser analyst assistant
    chatbot counselor counsellor coach tutor mentor instructor educator teacher professor lecturer scholar
    academic researcher scientist engineer developer programmer coder architect designer technologist technician
    mechanic electrician plumber carpenter doctor physician surgeon nurse midwife paramedic veterinarian vet dentist
    pharmacist dietician dietitian nutritionist therapist psychiatrist psychologist trainer lawyer attorney judge
    paralegal solicitor barrister notary accountant auditor actuary banker broker economist planner strategist
    marketer copywriter writer author poet novelist journalist editor proofreader translator interpreter linguist
    grammarian historian philosopher theologian mathematician statistician physicist chemist biologist botanist
    astronomer geologist meteorologist ecologist conservationist geographer sociologist anthropologist
    archaeologist musician composer conductor singer songwriter pianist guitarist artist painter sculptor
    illustrator photographer filmmaker director screenwriter playwright chef cook baker pastry barista bartender
    sommelier mixologist farmer gardener horticulturist landscaper florist breeder zookeeper naturalist
    pilot astronaut librarian archivist curator recruiter stylist esthetician hairdresser barber tailor
    jeweler realtor appraiser underwriter investigator firefighter practitioner clinician epidemiologist
    pediatrician cardiologist dermatologist oncologist neurologist radiologist hygienist optometrist coder
    toxicologist tester administrator devops sysadmin cryptographer cybersecurity"""
)

# Heads that say nothing alone: "as someone with 20 years in the field", "as a person who trained as a chef".
SOMEBODY = _set("someone somebody person individual one")
SKILL_WORDS = _set(
    """year years decade decades experience expertise specialize specializes specialized specializing specialise
    specialised specialising career profession professional professionally trained background degree phd
    doctorate"""
)

# Says that a machine speaks: "as an AI language model", "as a large language model trained by ..."
MACHINE_HEADS = _set("ai a.i. model assistant chatbot bot program system intelligence llm")
MACHINE_WORDS = _set("ai a.i. artificial language ai-powered ai-based ai-driven llm")

# Words that end the core of a role: "a botanist | with ...", "an expert | in ..."
STOPPERS = _set(
    """with who whom whose that which in at of for from on to by via having specializing specialising specialized
    specialised working trained dedicated committed focused focusing focussed based developed created designed
    made built programmed well-versed versed experienced skilled holding possessing practicing renowned known
    because when while here"""
)
# May open a later piece of the same phrase: "as an expert in X, with 20 years of Y, and a love of Z, I ..."
LINKS = STOPPERS | _set(
    """and or as including especially particularly both well deeply highly fully extensively currently also
    namely such not"""
)
SUBJECTS = _set("he she they it we i you's he's she's they're it's i'm i've i'd we've")
GENERIC = _set(
    """about ability able above academic accurate across advice answer answers background beyond broad career
    clear comprehensive concept concepts cutting-edge deep depth description detailed different edge excellent
    experience experienced expert expertise exceptional extensive field fields great highly important including
    information innate insight insights instruction keen knowledge latest many nuances passion passionate people
    possess practical principles professional proficient provide range renowned seasoned senior skilled skills
    specialist specialize specialized specializing strong subject their these those topic topics trained
    training understanding various vast well-versed which while whose wide work worked working world years your
    yourself young"""
)

# What an expert says after "As a botanist, I": advice, belief, ability. Narrative ("I was", "I saw"), conduct ("I
# would use") and the language of applications ("I have extensive", "I am passionate") are not here.
SPEECH_VERBS = _set(
    """recommend suggest advise advocate believe think say know understand find urge encourage propose agree
    disagree consider emphasize emphasise stress assure caution warn appreciate recognize recognise lack cannot
    can't can could couldn't will won't"""
)
_SAY = _set(
    """say recommend suggest advise advocate argue describe define explain note emphasize emphasise stress point
    consider urge caution warn add answer tell admit highlight agree disagree propose think believe remind
    know see prefer strongly clarify mention begin start approach rate characterize characterise rewrite
    rephrase reword translate classify categorize categorise identify summarize summarise"""
)
_GLAD = _set("happy glad delighted pleased remiss thrilled able unable afraid sorry here aware often asked not")
# A verb that counts only with what follows it: "I would say", "I am happy", "I have seen".
AFTER: dict[str, frozenset[str]] = {
    "would": _SAY | {"like", "love", "be"},
    "should": _SAY,
    "must": _SAY,
    "might": _SAY,
    "may": _SAY,
    "be": _GLAD,
    "am": _GLAD,
    "have": _set("seen found noticed observed learned learnt encountered come been"),
    "do": _SAY | {"not"},
    "not": _SAY | {"have"},
    "don't": _SAY | {"have"},
    "been": _set("asked"),
}
CONTRACTIONS = {"'d": "would", "'ll": "will", "'ve": "have", "'m": "am"}
ADVERBS = _set(
    """strongly highly always often usually generally typically personally also really firmly truly certainly
    definitely fully completely totally fundamentally wholeheartedly humbly fundamentally naturally frequently sometimes
    never only simply still just"""
)
# "As a product manager, I want to export a report" is a user story; these are not.
WANT_TO = _set("emphasize emphasise stress point note say clarify remind highlight assure be")

MY_VIEWS = _set(
    """advice recommendation opinion view suggestion perspective answer approach experience judgment judgement
    assessment recommendations suggestions"""
)
# After "As a botanist, my ...": what is thought or advised, never a person or a day of a life.
MY_THOUGHTS = MY_VIEWS | _set(
    "opinions views experiences take tip tips suggestion step steps choice pick preference verdict conclusion guess"
)
# After "As an AI, my ...": a machine has no family, but its user may.
MY_MACHINERY = _set(
    """knowledge training responses response purpose function functions goal goals role job task abilities
    capabilities ability programming design data understanding answers existence creators developers algorithms"""
)
MY_ADJECTIVES = _set(
    """first second next main top best key general personal professional honest only one initial short simple
    biggest usual preferred final own expert humble considered strong strongest clear single most important last
    practical basic overall primary"""
)
# "As an editor I recommend": without the comma only these; "As an editor I know likes to say" is another's tale.
GLUED_VERBS = _set(
    """recommend suggest advise advocate believe think say urge encourage propose agree disagree emphasize
    emphasise stress caution warn cannot can't am feel"""
)
# Things that bear a profession's name: "As a text editor, I recommend Vim".
TOOLS: dict[str, frozenset[str]] = {
    "editor": _set("text code video photo image picture audio sound hex source markdown xml html vector pdf"),
    "broker": _set("message event data object"),
    "manager": _set(
        """package password window file task version process session context dependency download font memory state
        citation reference boot database"""
    ),
    "interpreter": _set("python code command script javascript basic"),
    "planner": _set("meal task day daily weekly trip route"),
    "composer": _set("php"),
}
# Known as roles only within the identity's own field: "As a marketing manager" of a marketing expert.
FIELD_ROLES = _set(
    """manager officer trader brewer dancer builder worker dealer reporter blogger surveyor inspector contractor
    investor leader performer actor hunter ranger operator hacker gamer weaver potter quilter knitter winemaker
    butcher grower rancher handler groomer negotiator mediator facilitator moderator bookkeeper treasurer lender
    insurer storyteller rapper drummer supervisor entrepreneur organizer organiser forester beekeeper miller
    restorer collector publisher producer webmaster lexicographer advertiser"""
)

# What may be left over of an answer that said nothing but its role.
EMPTY = _set("hello hi hey greetings there sure certainly absolutely 你好 您好 大家好 当然 好的")
# A clause may go on after these: "I'm sorry, but as an AI language model, I cannot".
CONJUNCTIONS = _set("and but so because since although though however that yet if")

ZH_CONJUNCTIONS = ("但", "但是", "因此", "所以", "不过", "然而", "而且", "因为", "当然")

# Small letters are part of these names, so they keep them at the start of a sentence.
LOWER_NAMES = _set(
    """npm pip git numpy pandas sudo grep curl bash ssh ls vim matplotlib sklearn pytest sed awk cd mkdir apt brew
    conda docker kubectl async await def import print null true false"""
)

ZH_ROLES = _words(
    """专家 專家 学家 學家 作家 画家 畫家 艺术家 藝術家 评论家 音乐家 美食家 鉴赏家 思想家 教育家
    银行家 收藏家 师 師 医生 醫生 大夫 护士 護士 教授 讲师 学者 學者 研究员 研究員 研究者 研究人员
    科学工作者 顾问 顧問 教练 教練 导演 編輯 编辑 编剧 诗人 記者 记者 翻译 翻譯 译者 程序员
    程式設計師 开发者 开发人员 工程人员 法官 检察官 警官 飞行员 宇航员 分析员 技术员 营养员 播音员
    运营 策划 策划人 撰稿人 文案 从业者 從業者 从业人员 专业人士 專業人士 专业人员 资深人士 行家
    高手 大厨 导游 编程助手 博主 园丁 农民 调酒师 助手 助理 语言模型 語言模型 大模型 模型 人工智能
    人工智慧 AI 机器人助手 聊天机器人 智能体"""
)
ZH_MACHINE = ("AI", "ai", "人工智能", "人工智慧", "语言模型", "語言模型", "大模型", "智能助手", "聊天机器人")
ZH_NEVER = _words(
    """国家 國家 大家 人家 一家 家长 家長 商家 买家 卖家 玩家 赢家 学生 學生 孩子 父母 父亲 母亲 爸爸
    妈妈 公司 企业 结果 例子 回报 参考 補充 补充 惩罚 礼物 代价 方式 交换 开端 起点 中国人 公民 朋友
    用户 消费者 客户 成年人 大人 儿子 女儿 丈夫 妻子 人类 女性 男性 女人 男人 超级英雄 骑士 海盗
    国王 王子 公主 外星人 员工 应聘者 求职者"""
)
# What an expert says: 我作为一名植物学家，认为… A doctor's day (每天看五十个病人) is not here.
ZH_OPINION_VERBS = _words("认为 認為 觉得 覺得 建议 建議 推荐 推薦 相信 提醒 强调 強調 主张 主張 提倡")
# ... and after a modal, 可以告诉你; alone they open other sentences (分享知识是我的职责).
ZH_SPEECH_VERBS = _words(
    """说 說 告诉 告訴 鼓励 鼓勵 解释 解釋 说明 說明 理解 明白 提供 帮 幫 给出 給出 分享 指出 认为 認為 觉得 覺得
    建议 建議 推荐 推薦 相信 提醒 强调 強調 主张 主張"""
)
ZH_MODALS = _words("可以 能够 能夠 能 会 會 想 要 必须 必須 愿意 願意 乐意 樂意 很高兴 很高興")
ZH_ADVERBS = _words(
    """个人 個人 首先 强烈 強烈 通常 一般 始终 始終 一直 也 还 還 更 十分 非常 衷心 真诚 真誠 坚定 堅定
    为您 為您 向您 给您 給您 为你 為你 向你 给你 給你 地"""
)
ZH_MY_VIEWS = _words(
    """建议 建議 观点 觀點 看法 意见 意見 回答 答案 经验 經驗 理解 推荐 推薦 判断 判斷 知识 知識 训练 訓練 职责
    職責 任务 任務 目标 目標"""
)
# What may open a later piece of a Chinese phrase: "作为一名植物学家，拥有20年经验，我…"
ZH_LINKS = _words(
    """拥有 擁有 有着 具有 具备 具備 专注 專注 从事 從事 长期 多年 在 并 且 同时 以及 精通 擅长 擅長
    熟悉 致力"""
)
