"""What can be asked of a review, and which patterns answer it.

`ASKED` holds a row for each kind of question: the slot whose text is the answer, and wordings. In a wording a name in
braces is a fact of the film (`{hero}`), or the text of the slot of that name beside the answer (`{who}`, `{=aspect}`).

The slot is looked for inside the pattern that tells the fact and then in the patterns around it. `my<kin` takes the
word before the slot along; `adj:genre` runs from one slot to another; `score#2` is the second of its name. A kind whose
name begins with "other." asks about the film of the comparison.

`TOLD` says which patterns tell what: for a rule, pieces of its patterns, each with the kinds that it answers. **To
add** a sentence that answers questions, name a piece of it here that no other option of its rule has.
"""

ASKED = {
    # Who made the film, when, where, and what it is.
    "director": ("director", "Who directed {title}? | Who is the director of {title}? | Whose film is {title}?"),
    "year": ("year", "When was {title} made? | What year is {title} from? | In what year was {title} made?"),
    "decade": ("decade", "From which decade is {title}? | To which decade does {title} belong?"),
    "genre": ("genre", "What genre is {title}? | What kind of film is {title}? | Which genre does {title} belong to?"),
    "set": ("place", "Where is {title} set? | In which town or city is {title} set? | Where does {title} take place?"),
    "shot": ("place", "Where was {title} shot? | In which town or city was {title} shot?"),
    "script": (
        "director",
        "Who wrote the script of {title} with {costar}? | Together with whom did {costar} write the script?",
    ),
    "script.with": (
        "costar",
        "With whom did {director} write the script? | Who helped {director} to write the script of {title}?",
    ),
    "lived": (
        "place",
        "Where was {director} living when {title} was made? | Where did {director} live when {title} was made?",
    ),
    "years.spent": (
        "number",
        "How many years did {director} spend on {title}? | For how many years did {director} work on {title}?",
    ),
    "films.before": ("number", "How many {genres} had {lead} made before meeting {director}?"),
    "reels": ("number", "How many reels long is {title}? | For how many reels does {title} run?"),
    "same.year": (
        "other.title",
        "Which film came out in the same year as {title}? | What else came out in the year of {title}?",
    ),
    # Who plays whom.
    "lead": ("lead", "Who plays {hero}? | Which actor plays {hero}? | Who is cast as {hero} in {title}?"),
    "hero": (
        "hero",
        "Which character does {lead} play? | What is {lead}'s character called? | "
        "As which character is {lead} cast in {title}?",
    ),
    "costar": ("costar", "Who plays {friend}? | Which actor plays {friend}? | Who is cast as {friend} in {title}?"),
    "friend": (
        "friend",
        "Which character does {costar} play? | What is {costar}'s character called? | "
        "As which character is {costar} cast in {title}?",
    ),
    "lead.role": ("role", "What sort of character does {lead} play? | In what sort of part is {lead} cast?"),
    "role.lead": ("lead", "Who plays {role}? | Which actor plays {role} in {title}?"),
    "costar.role": (
        "friend.role",
        "What sort of character does {costar} play? | In what sort of part is {costar} cast?",
    ),
    "shares": ("costar", "Who shares the screen with {lead}? | With whom does {lead} share the screen?"),
    "known.from": (
        "other.title",
        "From which other film may readers know {costar}? | Which other film is {costar} known from?",
    ),
    "seen.in": (
        "other.title",
        "In which film had the reviewer seen {lead} before? | Which film with {lead} did the reviewer know?",
    ),
    # The story.
    "about": ("role", "What sort of person is {title} about? | About what sort of person is {title}?"),
    "story": ("hero", "What is the name of the character whose story {title} tells?"),
    "hero.role": ("role", "What sort of person is {hero}? | Who is {hero} in the story? | How is {hero} introduced?"),
    "friend.role": (
        "friend.role",
        "What sort of person is {friend}? | Who is {friend} in the story? | How is {friend} introduced?",
    ),
    "event.hero": ("hero", "Who {event}? | Which character {event}? | In the story, who {event}?"),
    "event.friend": ("friend", "Who {event}? | Which character {event}? | In the story, who {event}?"),
    "meet": ("place", "Where do {hero} and {friend} meet? | In which town or city do {hero} and {friend} meet?"),
    "opens": ("object", "With what does {title} open? | What does {title} open with? | How does {title} open?"),
    "first.seen": ("object", "What is the first thing that you see in {title}? | What does one see first in {title}?"),
    "lost": ("loss", "What has {hero} lost? | What does {hero} lose in the story?"),
    "found.friend": ("gain", "What has {friend} found? | What does {friend} find in the story?"),
    "found.hero": ("gain", "What has {hero} found by the end? | What does {hero} find in the story?"),
    "fate": ("fate", "What {falls} on {hero}? | In the story, what {falls} on {hero}?"),
    # The reviewer and others.
    "kin.watch": ("my<kin", "Who made the reviewer watch {title}? | By whom was the reviewer made to watch {title}?"),
    "kin.argued": (
        "my<kin",
        "With whom did the reviewer argue about {title}? | Who argued with the reviewer about {title}?",
    ),
    "watched.with": ("who", "With whom did the reviewer watch {title}? | Who watched {title} with the reviewer?"),
    "club": ("our<club", "Who picked {title} for a meeting? | Which group picked {title} for its last meeting?"),
    "age": (
        "number",
        "How old was the reviewer when first seeing {title}? | At what age did the reviewer first see {title}?",
    ),
    "list.years": (
        "number",
        "How many years had {title} been on the reviewer's list? | "
        "For how many years had the reviewer meant to see {title}?",
    ),
    "years.wait": (
        "number",
        "How many years did it take the reviewer to get round to {title}? | "
        "After how many years did the reviewer get round to {title}?",
    ),
    "films.seen": (
        "number",
        "How many films by {director} has the reviewer seen? | How many of {director}'s films does the reviewer know?",
    ),
    "called": ("who", 'Who called {title} "{=adj:adj#2}"? | Who said that {title} was {=adj:adj#2}?'),
    "called.what": (
        "adj:adj#2",
        "What did {who} call {title}? | With which words did {who} describe {title}? | "
        "How did {who} describe {title}?",
    ),
    "says": ("who", "Who says that {=aspect}? | Who claims that {=aspect}?"),
    "told": ("who", "Who told the reviewer that {=aspect}? | From whom did the reviewer hear that {=aspect}?"),
    "insists": ("who", "Who insists that {lead} {=actor}? | Who claims that {lead} {=actor}?"),
    "expected": (
        "a<adj:genre",
        "What kind of film did the reviewer expect? | What kind of film had the reviewer hoped or feared to see?",
    ),
    "got": (
        "adj#2",
        "What was the {genre} that the reviewer got really like? | "
        "What sort of {genre} did the reviewer get in the end?",
    ),
    "promised": ("a<adj:genre", "What did the trailer promise? | What sort of film did the trailer promise?"),
    "expected.from": (
        "phrase",
        "What had the reviewer expected from {director}? | What did the reviewer hope or fear to get from {director}?",
    ),
    "got.from": (
        "phrase#2",
        "What did the reviewer get from {director} in the end? | "
        "What came instead of what was expected from {director}?",
    ),
    "score": (
        "score",
        "How many points out of ten does the reviewer give {title}? | What is the reviewer's score for {title}?",
    ),
    "score.who": ("score#2", "What score does {who} give {title}? | How many points does {who} give {title}?"),
    "compared": (
        "other.title",
        "Which film is {title} compared with? | With which other film does the reviewer compare {title}?",
    ),
    "prefer": (
        "preferred",
        "Which film does the reviewer prefer, {title} or {other.title}? | "
        "Which is better for the reviewer, {other.title} or {title}?",
    ),
    "opinion": (
        "judged",
        "What does the reviewer think of the {=noun}? | How does the reviewer find the {=noun}? | "
        "How {=is} the {=noun} described?",
    ),
}  # fmt: skip

TOLD = {
    "opening": {
        "is_V a {genre} from {year} about": "genre year about",
        "knowing nothing except": "director",
        "tells_V the story of": "director story hero.role",
        "is_V {director}'s {year}": "director year genre about set",
        "last night I finally watched": "genre set",
        "lent_V me": "year genre lead.role role.lead",
        "in {title}, {lead_S} plays_V": "lead hero hero.role",
        "how do you review": "genre",
        "made_V me watch": "genre director shot year kin.watch",
        "({year}) is_V one of those": "year decade",
        "before {title}, I had": "genre set",
        "made_V {title} in {year}": "director year genre about",
        "on my list": "list.years lead.role role.lead",
        "been_X to {place}": "set",
        "years old when": "age genre lead hero",
        "and I argued_V": "kin.argued",
        "share_V the screen": "shares genre director set",
        "the first thing_S": "first.seen",
        "to get round to": "years.wait director genre about",
        "our {club_S} picked": "club genre year",
        "some {genres_S} open": "opens",
    },
    "thesis": {
        "I {liked_V} {title}, {director}'s": "director genre about",
        "is_V a {adj} {genre} about": "genre about",
        "has made_V2!": "director genre",
        "films by {director}": "director films.seen",
        "I watched_V {title} with": "watched.with",
    },
    "fact": {
        "was_V made in {year}": "year lived",
        "{lead_S} plays_V {hero}": "lead hero costar friend",
        "{director_S} wrote_V the script": "script script.with costar friend",
        "the director, {director}, wrote": "director script script.with costar friend",
        "was_V shot in": "shot",
        "according to the credits": "years.spent",
        "{lead_S} had_V made": "films.before",
        "in the same year as": "same.year",
        "whom you may know": "known.from costar friend",
        "like most {genres}": "opens decade",
        "I had_V seen {lead}": "seen.in",
        "version_S+film": "year reels",
    },
    "plot": {
        "{friend.goal}, while": "friend.role",
        "meanwhile {friend_S}": "friend.role",
        "has_V lost {loss} and {friend_S2}": "lost found.friend",
        "by the end {hero_S}": "lost found.hero",
        "{fate_S} {falls_V}": "fate",
    },
    "happening": {"{hero} {event": "event.hero", "{friend} {event": "event.friend"},
    "happening.hero": {"{hero} {event": "event.hero"},
    "where": {"{hero} and {friend} meet": "meet"},
    "agree": {"who was with me": "watched.with"},
    "disagree": {"who was with me": "watched.with"},
    "signed.verdict": {"went straight back to": "watched.with"},
    "phrase.no": {"{costar} as {friend}": "costar friend", "shoots {place}": "director shot"},
    "film": {"this {genre": "genre"},
    "film@far": {"this {genre": "genre", "{director}'s film": "director"},
    "film.object": {"this {genre": "genre", "{director}'s picture": "director"},
    "actor": {"{hero}": "lead hero", "{role}": "lead.role role.lead"},
    "costar.actor": {"{friend}": "costar friend", "{friend.role}": "costar.role"},
    "plain": {
        "to cast {lead} as {hero}": "lead hero",
        "{who_S} called_V {film.object}": "called called.what",
        "{who_S} told_V me": "told",
        "I expected_V a {adj}": "expected genre",
    },
    "negated": {"{lead_S} is/is/was/was_V {barely_N} {!adj_X} as {hero}": "lead hero"},
    "quoted": {
        "called_V {film.object}": "called called.what",
        "says_V {who_S}": "says",
        "insists_V that {lead_S2}": "insists",
    },
    "compared": {
        "look {!more}": "compared",
        "next to {other.title}": "compared",
        "compared with {other.title}": "compared",
        "{other.director} tried": "other.director compared prefer",
        "people who found": "compared prefer",
        "{other.title_S} was_V {!adj}": "compared prefer",
    },
    "compared.own": {"{other.title": "compared prefer"},
    "expected": {
        "I expected_V a {!adj} {genre} and got": "genre expected got",
        "the trailer_S promised": "promised genre",
        "I had_V expected {!phrase}": "expected.from got.from",
        "on paper, a {genre_S}": "genre about set",
    },
    "verdict.plain": {
        "is_V a {adj} {genre}": "genre",
        "out of ten": "score score.who",
        "more than any other": "genre decade",
    },
    "signed.turn": {
        "if you have one free evening": "prefer",
        "I would rather see": "prefer",
        "choose_V {": "prefer",
        "and not_N the other way round": "genre other.genre prefer",
    },
}

# Kinds that are also asked where the review does not tell: of the chances to ask, the share that `question_pairs` takes
# (so that no kind of question is mostly without an answer), what has to stand in the text to tempt, and after "unless"
# the kinds that would let a reader guess.
UNTOLD = {
    "director": "0.6* PERSON unless script script.with",
    "script": "0.05* PERSON",
    "script.with": "0.05* PERSON",
    "lived": "0.06* PLACE",
    "years.spent": "0.15* NUMBER",
    "reels": "0.1* NUMBER",
    "age": "0.15* NUMBER",
    "same.year": "0.1* FILM",
    "lead": "1* PERSON unless costar role.lead",
    "hero": "1* CHARACTER unless friend story lead.role",
    "costar": "1* PERSON unless lead",
    "friend": "1* CHARACTER unless hero costar.role",
    "meet": "0.15* PLACE",
    "opens": "0.05* OBJECT unless first.seen",
    "kin.watch": "0.03* WHO",
    "other.director": "0.6* PERSON",
    "other.year": "1* YEAR unless same.year",
    "other.genre": "1* GENRE",
    "other.set": "1* PLACE",
    "other.shot": "0.5* PLACE",
    "opinion": "0.5* NOUN",
}
