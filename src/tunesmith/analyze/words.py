"""The word lists behind ``verbs``: verbs in their base form, what stands in a noun phrase, what ends one.

Everything here is data, so that a person can add a verb or an exception without reading the program. All words are in
lower case. A verb that is missing is still found where an article or the like follows it.
"""

from __future__ import annotations


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


def _table(pairs: str) -> dict[str, str]:
    return dict(pair.split(":") for pair in pairs.split())


VERBS = _set(
    """abbreviate abolish abstract accentuate accept access accommodate accompany accomplish account achieve
    acknowledge acquire act activate adapt add address adjust administer admire admit adopt advertise advise
    advocate affect affirm agree aid aim alert align alleviate allocate allow alphabetize alter amend americanize
    amplify analyse analyze animate annotate announce anonymize answer anticipate apologize appeal append apply
    appoint appraise appreciate approach approve approximate argue arise arrange articulate ask assemble assert
    asses assess assign assist associate assume assure attach attack attain attempt attend attract attribute audit
    augment author authorize automate avert avoid award back bake balance ban base battle be beat become begin
    believe belong benefit bind blend block blog boil bold bolster book boost borrow brainstorm break brew brief
    bring broadcast browse build bullet burn buy calculate calibrate call calm camouflage cancel cap capitalize
    caption capture care caricature carry cast catalog catalogue categorise categorize cause celebrate centralize
    chain challenge change channel characterize charge chart chat check choose chop chronicle circle cite claim
    clarify classify clean cleanse clear click climb clip clone close clue cluster coach code codify coin
    collaborate collate collect color colorize colour combine come comfort commemorate comment communicate compare
    compel compensate compete compile complain complement complete compliment comply compose compress compute
    concatenate conceive concentrate conceptualize conclude condemn condense conduct configure confirm confront
    conjugate connect consider consist consolidate construct construe consult consume contact contain contemplate
    contend contextualize continue contrast contribute control convert convey convince cook coordinate copy correct
    correlate correspond count counter cover crack craft cram crawl create criticize critique cross cultivate curate
    customize cut date deal debate debug decide decipher declare decline decode decompose deconstruct decorate
    decrease decrypt deduce deduct deem deepen defend define delete deliberate delineate deliver demonstrate
    demystify denote depart depend depict deploy derail derive describe deserve design designate destroy detail
    detect deter determine develop devise diagnose diagram dictate die differentiate digest dilute diminish direct
    disagree disclose discover discuss disguise dismiss display disprove disregard dissect distill distinguish
    distribute dive diversify divide do document donate double doubt draft dramatize draw drive drop dub duplicate
    earn ease eat echo edit educate elaborate elevate elicit eliminate elongate elucidate email embed embellish
    emphasize employ empower emulate enable enact enclose encode encourage encrypt end endorse endow endure energize
    enforce engage engineer enhance enjoy enlarge enlighten enlist enliven enquire enrich ensure enter entertain
    entitle enumerate envisage envision equip erase escape establish estimate evaluate evoke evolve exaggerate
    examine excel exchange exclude execute exemplify exercise exhibit exist expand expect expedite experience
    experiment explain explicate explode explore export expose express extend extract extrapolate fabricate face
    facilitate fact-check factor fake familiarize fashion favor fear feature feed feel fetch fill filter finalize
    finance find fine-tune fingerprint finish fit fix flag flatten flesh flip fly focus fold follow force forecast
    forget form format formulate foster frame free freeze fry fuel fulfil fulfill fuse gain gamify gather gauge
    generalize generate get give glean glorify gloss go govern grab grade graft grant graph greet group grow
    guarantee guess guide handle hang happen harness hash hate have hear heat help hide highlight hire hit hold hone
    host humanize hypothesise hypothesize idealize identify ignore illustrate imagine imitate impact impart
    impersonate implement imply import improve improvise include incorporate increase index indicate infer infill
    inflect influence inform infuse initialize initiate inject innovate input inquire insert inspect inspire install
    instruct integrate intensify interpolate interpret interrogate intersperse interview introduce invent invert
    invest investigate invite invoke involve isolate iterate join joke jot journal judge jumble justify juxtapose
    keep kick kill know label lament land launch lay lead learn leave lemmatize lengthen lessen let level leverage
    lighten limit link list listen live liven load loan localize locate log look loosen lose love lower lowercase
    magnify maintain make manage manipulate map mark market marry mash mask master match maximize mean measure meet
    memorize mend mention mentor merge migrate mimic minimize mirror mix model moderate modernize modify mold
    monitor motivate mould move multiply name narrate narrow navigate need negate negotiate nominate normalize note
    notice notify number nurture obfuscate observe obtain offer omit open operate optimize orchestrate order
    organise organize orient originate outline outlive output overcome overhaul overlay overlook own paginate paint
    pair palindrome paraphrase parse participate pass paste pay pen perceive perfect perform permit permute
    personalize personify persuade photograph pick pinpoint pitch place plan plant play plot pluck pluralize point
    polish ponder populate portray pose position post postulate power practice practise praise pre-process precede
    predict preface prefer prepare preprocess prescribe present preserve pretend pretty-print prevent print
    prioritize process procure produce profile program project promote prompt pronounce proofread propagate propose
    protect prove provide prune publish pull punch punctuate purchase push put quantify question quiz quote raise
    rally randomize rank rate re-create read reaffirm realize reanalyze reappraise rearrange reason reassemble
    rebuild rebut recall recap recast receive recite recognize recommend reconcile reconfigure reconstruct record
    recount recover recreate rectify recycle redact redefine redesign redistribute redo redraft redraw reduce
    reengineer refactor refer refine reflect refocus reform reformat reformulate refrain refresh refute register
    reimagine reinforce reinterpret reiterate reject relate release rely remedy remember remind remix remodel remove
    rename render reorder reorganise reorganize repackage repair repeat rephrase replace replicate reply report
    represent reproduce repurpose request require reschedule rescue research reserve reset reshape resize resolve
    respect respond restate restore restructure retain retell rethink retitle retrain retrieve return reunite reuse
    reveal reverse review revise revisit revitalize rewind reword rework rewrite rhyme role roleplay roll rotate
    round run sample satirize satisfy save say scale scan schedule score scour scramble scrape script scrutinize
    search secure see seek segment select sell send separate sequence serialize serve set settle sew shape share
    sharpen shed shift shop shorten show showcase shrink shuffle sign silence simplify simulate sing sit sketch skim
    skip slice slow smooth smoothen soften solve sort source spark speak specify speculate speed spell spend spice
    split spot spruce square stack standardize star start state stay stem stimulate stir stop store strategize
    streamline strengthen stress stretch strip structure study style subdivide submit subset substitute subtract
    subvert suffer suggest sum summarise summarize supplement supply support suppose surprise survey survive swap
    sweeten switch symbolize synthesize tabulate tackle tag tailor take talk tally target teach tease tell tempt
    term test thank theme theorize think thrive tidy tighten title toggle tokenize toughen trace track trade train
    transcode transcribe transfer transform transition translate transliterate transmit transport transpose travel
    treat trim troubleshoot trust try tune turn tutor tweak twist type uncover underline understand undertake undo
    unify unpack unravel unscramble untangle unveil update upgrade upload uppercase use utilise utilize utter
    validate value vary vectorize verbalize verify vet view visit visualise visualize vote wait walk want warn wash
    watch wear weave weigh welcome whip widen win wish withdraw word work worry wrap write yield"""
)
"""Base forms. A word that is a noun as well does no harm: it is only looked for where a verb can stand."""

IRREGULAR_VERBS = _table(
    """am:be are:be been:be being:be is:be was:be were:be became:become began:begin begun:begin broke:break
    broken:break brought:bring built:build bought:buy caught:catch chose:choose chosen:choose came:come dying:die
    did:do does:do done:do drawn:draw drew:draw driven:drive drove:drive ate:eat eaten:eat fallen:fall fell:fall
    fed:feed felt:feel fought:fight found:find flew:fly flown:fly forgot:forget got:get gotten:get gave:give
    given:give giving:give gone:go went:go grew:grow grown:grow had:have has:have having:have heard:hear hid:hide
    hidden:hide held:hold kept:keep knew:know known:know led:lead left:leave lying:lie lost:lose made:make
    making:make meant:mean met:meet paid:pay rewriting:rewrite rewritten:rewrite rewrote:rewrite rode:ride ran:run
    said:say saw:see seen:see sold:sell sent:send shown:show sang:sing sung:sing sat:sit slept:sleep spoke:speak
    spoken:speak spent:spend stood:stand stole:steal swam:swim taken:take taking:take took:take taught:teach
    told:tell thought:think threw:throw thrown:throw understood:understand used:use using:use wore:wear worn:wear
    won:win writing:write written:write wrote:write"""
)

UNCHANGED_VERBS = _set("become come cost cut hit let put read run set")
"""Verbs of which the participle is the base form."""

# Verbs of which the first object is who gets it: "give me a tip", "assign each row a label".
DITRANSITIVE = _set(
    """ask assign award bring build buy choose compose cook create design draft draw feed find generate get give
    grant hand lend list make offer pay pick provide read recommend sell send serve show sing suggest tailor teach
    tell write"""
)
# Verbs that a clause may follow, so that what looks like their object can be its subject: "imagine the sun is cold".
CLAUSAL = _set(
    "agree assume believe consider decide ensure explain guess imagine know pretend prove say see show suppose think"
)
# ... or an infinitive: "make this sound better", "help the reader understand".
CAUSATIVE = _set("have hear help let make see watch")
INFINITIVES = _set(
    """act appear be become believe choose come cry decide develop die express feel find fit flow follow get go grow
    have improve know laugh learn like look make move pop react read say seem smile sound stand stay think
    understand use want work"""
)
# Nouns that a clause follows without a "that": "the way people talk".
BEFORE_CLAUSES = _set("reason reasons way ways")

ALWAYS_PARTICLES = _set("along apart aside away back down forth out together up")
PARTICLES = {
    "fill": _set("in"), "plug": _set("in"), "hand": _set("in over"), "turn": _set("in on off over"), "log": _set("in"),
    "cut": _set("off"), "break": _set("off"), "carry": _set("on over"), "take": _set("on off over"),
    "put": _set("on off"), "try": _set("on"), "show": _set("off"), "kick": _set("off"), "finish": _set("off"),
    "flip": _set("over"), "bring": _set("in"), "switch": _set("on off"), "pass": _set("on"), "start": _set("off"),
    "type": _set("in"),
}  # fmt: skip

MODALS = _set(
    """can can't cannot could couldn't did didn't do does doesn't don't i'd i'll may might must shall should
    shouldn't they'd they'll we'd we'll will won't would wouldn't you'd you'll"""
)
BE = _set(
    "'s am are aren't be been being i'm is isn't it's that's there's they're was wasn't we're were weren't you're"
)
HAVE = _set("had hadn't has hasn't have haven't i've they've we've you've")
NOT = _set("do don't n't never not")

OPENERS = _set(
    """according after although among as assuming at based because before between by concerning considering during
    following for from given if in inside instead like looking of on once provided rather regarding since starting
    taking though through throughout to under unless until using when whenever wherever whether while with within
    without"""
)
PRONOUNS = _set(
    """anyone everyone he i i'd i'll i'm i've it it's one people she somebody someone they they'd they'll they're
    they've we we'd we'll we're we've you you'd you'll you're you've"""
)
OBJECT_PRONOUNS = _set(
    """anybody anyone anything each everybody everyone everything her herself him himself it itself me myself
    nothing other ourselves somebody someone something them themselves us whatever whoever you yourself"""
)
WH = _set("how if what when where whether which who whom whose why")
PREPOSITIONS = _set(
    """about according across after against along although among around as at based because before behind below
    beside besides between beyond but by concerning containing describing despite due during e.g e.g. etc except
    excluding for from how i.e i.e. if in including inside into like minus near of on onto outside over per plus
    regarding showing since so than that then though through to toward towards under unless until upon using versus
    via vs vs. what when where whether which while who whom whose why with within without"""
)
DETERMINERS = _set(
    """a all an another any both each either enough every few fewer her his its less many more most much my neither
    no other our several some such that the their these this those various what which whose your"""
)
QUANTIFIERS = _set(
    """about almost approximately around as at dozen eight eleven exactly few fifteen fifty five four hundred just
    least many million most nearly nine no one only over roughly seven six ten than thirty thousand three to twelve
    twenty two up"""
)

OPENING_ADVERBS = _set(
    """additionally again also and briefly but carefully finally first firstly hello hey hi instead just kindly
    lastly next now ok okay or please pls plz quickly secondly simply so then therefore thirdly thus today well yes
    """
)
ADVERBS = _set(
    """again also always even first further here instead just less more most never not now often once online only
    quite rather really so step-by-step still then there today together too twice very well"""
)
NOT_ADVERBS = _set(
    """ally anomaly apply assembly belly bully butterfly costly cowardly curly daily deadly early elderly family fly
    friendly heavenly holy homily hourly italy jelly july likely lily lively lonely lovely monopoly monthly multiply
    only orderly quarterly rally reply scholarly silly supply tally timely ugly unlikely weekly worldly yearly"""
)

ADJECTIVES = _set(
    """able above academic accurate additional advanced african american ancient angry approachable appropriate
    available average aware bad basic beautiful below best better big bigger black blue bold bolder brave brief
    bright busy casual catchy certain cheap chinese classic clean clear clearer clever coherent cohesive cold common
    compelling complex complicated concise conversational convincing cool correct cozy creative current cute daily
    dangerous dark deep descriptive detailed different difficult double dramatic dry early easier easy effective
    efficient elegant empty engaging english enjoyable enticing entire european everyday exact exciting expensive
    extra fake false famous fancy fast faster fewer fictional final first following formal free french fresh
    friendly full fun funny general german given global good gorgeous great green happy hard harder healthy heavy
    high higher hot human humorous impactful important impossible incorrect informal inspiring interesting
    intriguing italian japanese key large larger last late lazy least less likely local logical long longer loud
    lovely low lower main major mean melodic memorable minor missing modern modern-day more most narrow natural neat
    necessary needed negative neutral new next nice official old organized original overall own particular past
    personal persuasive plain poetic polite poor popular positive possible precise pretty previous private
    professional proper provided public punchy quick quiet quirky random rare rarer readable ready real realistic
    recent red relatable relevant required rhyming rich right romantic rough sad safe same scary scientific second
    short shorter similar simple simpler simplified single sleek slow slower small smaller smart smooth smoother
    snappy social soft sophisticated sour spanish specific strong stylish suitable sure suspenseful sweet tall tasty
    technical thick thin third tidy trendy true two-sentence typical ugly unable underlined unique unlikely vivid
    warm weak well-known wet white whole wide wise witty worse worst wrong yellow young yummy"""
)
JOINED_ENDINGS = ("al", "ic", "ive", "ary", "ical", "ant", "ent", "ed")
"""Of adjectives in pairs: "fiscal and monetary policies"; there are too many nouns among them to go by it elsewhere."""
ADJECTIVE_ENDINGS = (
    "ful",
    "ous",
    "able",
    "ible",
    "less",
    "ish",
    "esque",
    "er-friendly",
    "-friendly",
    "-based",
    "-like",
)
NOMINAL_ADJECTIVES = _set("human mean negative opposite original positive professional")
"""Adjectives that are nouns as well: "the double negative"."""
NOT_SUPERLATIVES = _set(
    "arrest conquest contest digest forest guest harvest interest manifest pinterest protest quest request"
)
NOT_ADJECTIVES = _set(
    """cable cupful dish fable finish fish handful parish polish publish radish rubbish spoonful table timetable
    variable vegetable wish"""
)

NOUNS_IN_ING = _set(
    """accounting advertising anything baking banking beginning being blessing blogging booking bookkeeping
    brainstorming branding briefing building ceiling cleaning clothing clustering coding computing cooking counting
    crossing cutting dancing dating drawing dressing dwelling earnings editing ending engineering evening everything
    farming feeling filing filtering finding fishing forecasting formatting gardening gathering greeting grouping
    guessing handling handwriting heading hearing hiking hosting housing hunting icing king knitting landing
    learning lighting lightning listing living loading mailing manufacturing mapping marketing meaning meeting
    mining modeling modelling morning networking nothing offering opening operating outing packaging painting
    pairing parking phrasing piping planning posting pre-processing preprocessing pricing printing proceedings
    processing programming pudding ranking rating reading reasoning recording rhyming ring running sampling savings
    saying scheduling scoring screening seasoning seating sequencing setting sewing sharing shipping shopping
    sibling signing singing skiing solving something sorting spelling spring storytelling streaming string styling
    surfing swimming tasting teaching testing thing thinking timing topping tracing tracking trading training tuning
    tutoring understanding upbringing voting warning washing watching wedding well-being wellbeing wing wiring
    wording working writing"""
)
PARTICIPLES_AS_NOUNS = _set(
    "bed bread breed deed embed exceed feed hundred need red reed seabed seed shed sled speed thread weed"
)
PARTICIPLES = _set(
    "built chosen done drawn found given held known made said seen set shown sold spoken taken used worn written"
)

IRREGULAR_NOUNS = _table(
    """aches:ache aliases:alias alumni:alumnus analyses:analysis appendices:appendix atlases:atlas axes:axis
    bacteria:bacterium bases:basis biases:bias birdies:birdie bonuses:bonus brownies:brownie buses:bus
    businessmen:businessman businesswomen:businesswoman caches:cache cacti:cactus calves:calf calories:calorie
    campuses:campus canoes:canoe canvases:canvas cargoes:cargo censuses:census children:child choruses:chorus
    circuses:circus cookies:cookie crises:crisis criteria:criterion curricula:curriculum diagnoses:diagnosis
    echoes:echo emphases:emphasis emus:emu firemen:fireman foci:focus focuses:focus feet:foot fungi:fungus gases:gas
    genies:genie geese:goose grandchildren:grandchild gurus:guru halves:half headaches:headache heroes:hero
    hoodies:hoodie hypotheses:hypothesis indices:index knives:knife leaves:leaf lenses:lens lies:lie lives:life
    loaves:loaf men:man mangoes:mango matrices:matrix menus:menu mosquitoes:mosquito mice:mouse movies:movie
    nuclei:nucleus oases:oasis oboes:oboe oxen:ox pancreases:pancreas parentheses:parenthesis phenomena:phenomenon
    pies:pie potatoes:potato quizzes:quiz radii:radius rookies:rookie selves:self selfies:selfie shelves:shelf
    shoes:shoe smoothies:smoothie statuses:status stimuli:stimulus syllabi:syllabus syntheses:synthesis
    theses:thesis thieves:thief ties:tie toes:toe tomatoes:tomato teeth:tooth torpedoes:torpedo vertices:vertex
    vetoes:veto viruses:virus volcanoes:volcano wives:wife wolves:wolf women:woman zombies:zombie"""
)
UNCHANGED_NOUNS = _set(
    """acoustics aesthetics aircraft alias always analytics asbestos athletics atlas aws bias bus canvas chaos chess
    christmas clothes cosmos css data deer diabetes dns dynamics economics electronics ethics ethos fish gas
    genetics gps gymnastics headquarters https ios jeans js kudos lens linguistics logistics mathematics maths means
    mechanics media news pancreas pants paris pathos people perhaps phonetics physics plus police politics rabies
    robotics scissors semantics series sheep sos species statistics tennis texas thanks this thus trousers us
    whereas yes"""
)
