"""The words of opinion. `+` speaks for a film, `-` against it; what they add up to is the grammar's business.

`ASPECTS` are the sides of a film that a review can judge, each with the adjectives that fit it. To add a side, add an
entry: its clauses, noun phrases and negated forms follow. Nouns take "the"; adjectives stand before a noun and after a
verb alike.
"""

ASPECTS = {
    "acting": {
        "noun": "acting | performances ~pl | cast | ensemble | supporting cast | child actors ~pl | line readings ~pl",
        "+": "superb | natural | heartfelt | fearless | flawless | nuanced | subtle | magnetic | terrific | believable",
        "-": "wooden | stiff | hammy | lifeless | unconvincing | mannered | amateurish | one-note | mechanical | bland",
    },
    "script": {
        "noun": "script | screenplay | writing | dialogue | banter | voice-over | adaptation",
        "+": "sharp | witty | intelligent | literate | wise | clever | sparkling | economical | elegant | inventive",
        "-": "clumsy | lazy | stilted | corny | leaden | trite | pretentious | witless | overwritten | preachy",
    },
    "story": {
        "noun": "story | plot | premise | central mystery | narrative | main storyline | subplots ~pl | twists ~pl",
        "+": "gripping | original | compelling | touching | ingenious | absorbing | surprising | satisfying | rich",
        "-": "predictable | thin | absurd | muddled | pointless | contrived | stale | incoherent | silly | derivative",
    },
    "pace": {
        "noun": "pacing | rhythm | first act | middle section | final half hour | second act | slow build-up",
        "+": "brisk | assured | masterful | breathless | well-judged | hypnotic | confident | lively | perfect",
        "-": "sluggish | tedious | plodding | uneven | glacial | bloated | exhausting | slack | interminable",
    },
    "photography": {
        "noun": "photography | cinematography | camerawork | lighting | landscapes ~pl | night scenes ~pl | visuals ~pl",
        "+": "gorgeous | luminous | stunning | beautiful | breathtaking | vivid | painterly | sumptuous | striking",
        "-": "drab | ugly | murky | flat | garish | shaky | blurry | grey | cheap-looking | uninspired",
    },
    "music": {
        "noun": "score | music | soundtrack | main theme | songs ~pl | sound design | piano music",
        "+": "haunting | lovely | stirring | memorable | delicate | catchy | glorious | tender | exquisite",
        "-": "intrusive | syrupy | forgettable | repetitive | deafening | tuneless | grating | manipulative | shrill",
    },
    "humour": {
        "noun": "humour | jokes ~pl | gags ~pl | comic timing | one-liners ~pl | running jokes ~pl | slapstick",
        "+": "hilarious | funny | dry | warm | irresistible | delightful | fresh | spot-on | sly | good-natured",
        "-": "unfunny | crude | laboured | juvenile | mean | desperate | embarrassing | recycled | tired | childish",
    },
    "ending": {
        "noun": "ending | climax | last scene | finale | closing shot | conclusion | epilogue | last reel",
        "+": "powerful | moving | cathartic | graceful | unforgettable | poignant | brilliant | well-earned | daring",
        "-": "rushed | ridiculous | unearned | feeble | baffling | abrupt | sentimental | implausible | weak",
    },
    "design": {
        "noun": "costumes ~pl | sets ~pl | production design | period detail | decor | make-up | props ~pl",
        "+": "lavish | authentic | meticulous | imaginative | splendid | handsome | tasteful | convincing | magnificent",
        "-": "shabby | tacky | fake | cheap | anachronistic | threadbare | plastic | careless | gaudy",
    },
    "effects": {
        "noun": "effects ~pl | stunts ~pl | action scenes ~pl | chase | big set piece | storm sequence | model work",
        "+": "spectacular | thrilling | impressive | dazzling | seamless | exciting | ambitious | astonishing",
        "-": "laughable | sloppy | dated | clunky | confusing | ludicrous | unexciting | shoddy",
    },
    "editing": {
        "noun": "editing | cutting | structure | flashbacks ~pl | transitions ~pl | montage | framing device",
        "+": "crisp | fluid | skilful | smooth | precise | artful | nimble | tight",
        "-": "choppy | erratic | jarring | frantic | messy | awkward | chaotic | bewildering",
    },
    "people": {
        "noun": "characters ~pl | heroine | villain | hero | minor roles ~pl | friendship | love story",
        "+": "lovable | complex | engaging | human | three-dimensional | charismatic | sympathetic | credible",
        "-": "shallow | irritating | cardboard | unlikable | cartoonish | dreary | two-dimensional | insufferable",
    },
    "mood": {
        "noun": "atmosphere | mood | tone | suspense | sense of place | small-town setting | air of menace",
        "+": "enchanting | intense | seductive | tense | evocative | dreamlike | intoxicating | eerie",
        "-": "oppressive | phoney | sterile | inconsistent | stuffy | unpleasant | self-important | limp",
    },
    "romance": {
        "noun": "romance | chemistry | courtship | kitchen scenes ~pl | love scenes ~pl | central couple",
        "+": "charming | sweet | electric | sincere | radiant | playful | adorable | honest",
        "-": "cold | forced | sappy | cloying | hollow | passionless | tiresome | artificial",
    },
    "ideas": {
        "noun": "message | theme | social comment | symbolism | philosophy | moral | satire",
        "+": "profound | thoughtful | timely | provocative | challenging | perceptive | humane | bold",
        "-": "simplistic | heavy-handed | muddy | obvious | cynical | naive | empty | patronising",
    },
}

WORDS = {
    # The film as a whole: strong words, and mild ones that a reviewer concedes without giving in.
    "adj+": """fantastic | great | good | wonderful | excellent | marvellous | remarkable | brilliant | outstanding | amazing
terrific | beautiful | enjoyable | delightful | first-rate | superb | riveting | magical | entertaining | extraordinary""",
    "adj-": """terrible | boring | awful | dreadful | dull | horrible | bad | mediocre | disappointing | atrocious | poor
lousy | abysmal | unwatchable | dismal | worthless | third-rate | painful | pathetic""",
    "mild+": """pleasant | polished | slick | pretty | stylish | earnest | good-looking | likable | competent | amiable
well-made | colourful | ambitious | professional | harmless""",
    "mild-": """slow | long | messy | uneven | old-fashioned | rough | talky | modest | bleak | strange | clumsy | loud
sentimental | overlong | gloomy | silly | simple""",
    "more+": """clever | funny | moving | exciting | tense | imaginative | charming | convincing | entertaining
graceful | warm | gripping | original | thoughtful""",
    "more-": """dull | tedious | predictable | confused | pompous | noisy | sentimental | irritating | shallow | tiresome
silly | clumsy | long-winded | depressing""",
    "noun+": """masterpiece | triumph | gem | treat | joy | delight | classic | little miracle | winner | pleasure
tour de force | revelation""",
    "noun-": """mess | bore | disaster | failure | disappointment | chore | dud | embarrassment | waste of time | letdown
fiasco | ordeal""",
    "quality+": """strengths | virtues | charms | pleasures | merits | good intentions | fine moments | nice touches
bright ideas | good jokes""",
    "quality-": """flaws | faults | weaknesses | problems | shortcomings | rough edges | mistakes | dull patches
plot holes | bad jokes""",
    "affect+": "move | grip | charm | amuse | convince | thrill | touch | impress | excite | enchant | fascinate | win over",
    "affect-": "bore | annoy | irritate | disappoint | lose | exhaust | depress | frustrate | tire",
    "affected+": """moved | gripped | charmed | amused | convinced | thrilled | touched | impressed | excited | delighted
enchanted | fascinated""",
    "affected-": """bored | annoyed | irritated | disappointed | let down | exhausted | frustrated | embarrassed
unmoved | disgusted | sleepy""",
    "liked+": "loved | enjoyed | adored | admired | liked | cherished | appreciated",
    "liked-": "hated | disliked | detested | loathed | resented | despised",
    "praised+": "praised | recommended | celebrated | raved about | defended | cheered",
    "praised-": "panned | mocked | attacked | dismissed | trashed | slated",
    "manner+": """beautifully | skilfully | gracefully | wonderfully | effortlessly | cleverly | brilliantly | tenderly
convincingly | elegantly""",
    "manner-": """clumsily | badly | poorly | lazily | awkwardly | mechanically | terribly | carelessly | listlessly
half-heartedly""",
    "mood+": "smiling | in tears of joy | wide awake | grinning | deeply moved | on a cloud | wanting more",
    "mood-": "yawning | half asleep | shaking my head | grumbling | with a headache | feeling cheated | in a bad mood",
}
