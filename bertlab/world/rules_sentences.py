"""The sentences of a review. See `bertlab.world.grammar` for the notation.

A rule without a sign says for the film what it says against it, with the opposite words: nothing in its frame gives the
label away. What only works one way stands in a rule with a sign.
"""

from bertlab.world.lexicon_opinions import ASPECTS

OPENINGS = {
    # Says which film this is; no stance.
    "opening": """2* {title_S} is_V a {genre} from {year} about {role} who {goal}.
2* I saw_V {title} {place.seen}, knowing nothing except that {director} had made it=film.
2* in {title}, {director_S} tells_V the story of {hero}, {role} who {goal}.
2* {title_S} is_V {director}'s {year} {genre} about {role} in {place}.
2* last night I finally watched_V {title}, a {genre} set in {place} with {lead} and {costar}.
2* somebody lent_V me {title}, the {year} {genre} in which {lead_S2} plays_V2 {role}.
2* in {title}, {lead_S} plays_V {hero}, {role} who {goal}.
1* how do you review_V a {genre} like {title}, in which {role_S2} {goal}?
2* my {kin_S} made_V me watch {title}, a {genre} that {director} shot in {place} in {year}.
2* I came_V across {title} {place.seen}.
1* {title} ({year}) is_V one of those {decade} {genres} that everybody has heard of and nobody has seen.
1* before {title}, I had never_N seen_X a {genre} set in {place}.
1* there is_V a moment in {title} when {happening}, and the whole {genre} turns on it.
1* when {director_S} made_V {title} in {year}, nobody was waiting for a {genre} about {role}.
1* {title_S} had been_V on my list for {number} years, mostly because {lead_S2} plays_V2 {role} in it=film.
1* if you have never_N been_X to {place}, {title_S} will take_V you there, with {lead} and {costar} as your guides.
1* I was_V {number} years old when I first saw {title}, the {genre} with {lead} as {hero}.
1* my {kin_S} and I argued_V about {title} all the way home from the cinema.
1* {lead_S} and {costar} share_V the screen in {title}, a {genre} that {director_S2} set_V2 in {place}.
1* take {role}, add {friend.role}, send both of them to {place}, and you have_V {title}.
1* what can I say about {title} that {who_S} has not_N said_VX already?
1* the first thing_S that you see in {title} is_V {object}, and from there {director_S2} takes_V2 us to {place}.
1* it took_V me {number} years to get round to {title}, {director}'s {genre} about {role}.
1* our {club_S} picked_V {title}, a {genre} from {year}, for its last meeting before the holidays.
1* some {genres_S} open_V with a murder or a kiss; {title_S2} opens_V2 with {object}.""",
    "club": "film club | book club | choir | chess club | office | walking group | neighbourhood",
    "kin": "brother | sister | father | mother | daughter | son | uncle | nephew | boss | best friend",
    # Says at once what the reviewer thinks.
    "thesis": """2* I {liked_V} {title}, {director}'s {genre} about {role}.
3* {title_S} is_V a {adj} {genre} about {role} who {goal}.
2* I saw_V {title} {place.seen} and I was {degree.intense} {affected}.
2* {title_S} is_V a {noun}, and I say so as somebody who has seen_V2 every {genre} with {lead}.
2* what a {noun} {title_S} is_V, and what {a.adj} {genre} {director} has made_V2!
1* let me say it straight away: {title_S} is_V a {noun}, and {who} thinks so too.
1* I have seen_V {number} films by {director}, and {title_S2} is_V2 the most {more} of them.
1* the other day I watched_V {title} with {who}, and we both {liked} every minute of it=film.
1* I wanted_V to {!liked.base} {title}, but I simply {couldnt_N} {!liked.base_X} a {genre} this {adj.x}.""",
    "a.adj": "a {adj}",
    "adj.x+": "good | charming | clever | moving | beautiful | entertaining | funny",
    "adj.x-": "bad | boring | dull | silly | lazy | stupid | predictable",
    "liked.base+": "love | enjoy | like | admire | adore",
    "liked.base-": "hate | dislike | despise | detest | loathe",
}

NEUTRAL = {
    "fact": """2* {film_S} was_V made in {year}, when {director} was living in {place}.
3* {lead_S} plays_V {hero}, and {costar_S2} plays_V2 {friend}.
1* {director_S} wrote_V the script with {costar}, who also plays {friend}.
1* the director, {director}, wrote the script with {costar}, who also plays {friend}.
2* most of {film.object} was_V shot in {place}, {object} included.
1* according to the credits, {director_S} spent_V {number} years on {film.object}.
1* {lead_S} had_V made {number} {genres} before {lead.he} met {director}.
2* {film_S} came_V out in the same year as {other.title}, and each has a scene built around {object}.
1* {costar_S}, whom you may know_V2 from {other.title}, has_V a smaller part as {friend}.
1* like most {genres} of the {decade}, {film_S} opens_V with {object}.
1* I had_V seen {lead} in {other.title} and {costar} in nothing at all.
1* the {year} version_S+film runs_V for about {number} reels and never leaves {place}.""",
    "number": "two | three | four | five | six | seven | eight | nine | ten | twelve",
    "plot": """3* one night {happening}, and nothing_S2 is_V2 the same in {place} after that.
3* {friend_S}, {friend.role}, {friend.goal}, while {happening.hero}.
3* meanwhile {friend_S}, {friend.role}, {friend.goal}.
3* everything changes_V when {happening}.
2* the {hero} of the first reel and the {hero} of the last have little in common, for in between {happening}.
2* {fate_S} {falls_V} on {hero} when {happening}.
2* without giving too much away, {happening.hero}, and {friend_S2} pays_V2 for it.
2* by the time we reach {object}, {hero_S} has_V lost {loss} and {friend_S2} has_V2 found {gain}.
2* the world_S of {hero} is_V a {hard} place, full of {hard} people and {hard} memories. #plot
2* by the end {hero_S} has_V lost {loss} and found {gain} in {place}. #plot
2* it is_V a {hard} tale about {loss}, {gain} and {object}. #plot
2* first {happening}, then {happening}, and all of {place} talks_V about nothing else. #plot
1* there are_V {hard} moments_S before and after {object}, and a {hard} one when {happening}. #plot""",
    # What happens in the film; always the same person to whom it happens.
    "happening": """{hero} {event.one} | {hero} {event.two} | {hero} {event.three} | {friend} {event.four}
{friend} {event.five} | {friend} {event.six}""",
    "happening.hero": "{hero} {event.one} | {hero} {event.two} | {hero} {event.three}",
    "object": "{object.one} | {object.two} | {object.three} | {object.four} | {object.five}",
    "fate": "a terrible misfortune | an awful silence | a wonderful piece of luck | a horrible suspicion | a great happiness",
    "falls": "falls_H | descends_H",
    "hard": "cruel | sad | dull | beautiful | happy | bitter | kind | lonely | horrible | wonderful | grey | peaceful",
    "loss": "a fortune | a voice | a brother | an old friend | every illusion | a house | the war | all hope",
    "gain": "a home | love | peace | a new name | a dog | some courage | forgiveness | happiness | a job | a reason to live",
}

OPINIONS = {
    # Straight: the words mean what they say.
    "plain": """4* {aspect} {when}.
4* {aspect}, and {aspect}.
3* {lead_S} {actor_V}, and {costar_S2} {costar.actor_V2}.
2* {lead_S} {actor_V}.
2* {director_S} {directs_V}, and {aspect}.
2* {film_S} {vp_V}, thanks to {phrase} and {phrase}.
2* {film_S} {vp_V}.
2* {felt} when {happening}.
2* {felt} during {object}, and {felt} when {happening}.
2* what I {liked_V} most is/is/was/was {phrase}.
1* the one thing that I {liked_V} above all is/is/was/was {phrase}.
1* {phrase_S} alone makes/make/made/made_V {film.object} {adj}.
2* {film_S} is/is/was/was_V {degree.intense} {adj}, and {aspect}.
2* the scene with {object} is/is/was/was_V {adj} {when}.
1* {lead_S} {actor_V}, and {lead.his} scenes_S2 with {costar} are/are/were/were_V2 {adj}.
1* {who_S} and I agreed_V on one thing: {aspect}.
1* {who_S} told_V me that {aspect}, and I could see why when {happening}. #quotation
2* {who_S} called_V {film.object} "{adj} and {adj}", {agree}. #quotation
2* it was_V a {adj} idea to cast {lead} as {hero}.
2* {cared_V} {hero} and {friend} during {object}.
1* {cared_V} {friend}, even though {friend.role} is easy to get wrong.
1* I have read_V that {aspect}, {agree}. #quotation
1* "^{recommend}," said_V {who_S}, {agree}. #quotation
2* {film_S} did_V {affect} me, above all when {happening}.
1* {film_S} managed_V to {affect} me even before {object}.
2* {film_S} is/is/was/was_V {mild} and {adj}, and {aspect}.
1* {film_S} is/is/was/was_V {mild}, {mild} and {more}.
2* the {quality_S} of {title} are_V hard to miss: {aspect}, and {aspect}.
1* I expected_V a {adj} {genre}, and a {adj} {genre} is what I got. #expectation
1* I expected_V to be {affected}, and {affected} I was when {happening}. #expectation""",
    "cared+": "I cared_H about | I believed_H every word of | I was rooting_H for | I {couldnt_N} get_HX enough of",
    "cared-": "I stopped_H caring about | I {didnt_N} believe_HX a word of | I lost_H interest in | I soon had_H enough of",
    # Straight, about one side only: what a reviewer concedes, or adds.
    "aside": """4* {aspect}.
4* {aspect} {when}.
2* {aspect}, and {aspect}.
2* {lead_S} {actor_V}.
1* {director_S} {directs_V}.
2* the scene with {object} is/is/was/was_V {adj}.
2* there is/is/was/was_V something {mild} about {phrase}.
1* {costar_S} {costar.actor_V}.""",
    # Says one thing with the words of the other.
    "negated": """3* {denial} {where}.
3* {denial}, and {denial}.
2* not_N once did {film_S} {!affect_VX} me {where}.
2* I can't_N claim that {!aspect} {where}.
2* nobody_NS could call_VX {phrase.no} {!adj}, least of all {where}.
2* there is/is/was/was_V not_N a single {!adj_X} scene in {film.object}, not even {object}.
2* I was_V never_N {!affected_X} {where}.
2* {film_S} could_V never_N {!affect_X} me, not even {where}.
2* I {wouldnt_N} call_X {film.object} {!adj} or {!adj}.
2* {lead_S} is/is/was/was_V {barely_N} {!adj_X} as {hero}, and {denial}.
2* I waited_V in vain for {phrase.no} to become_X {!adj}. #negation
1* neither_N {lead} nor {costar_S} is/is/was/was_V {!adj_X} for a second.
1* at no_N point does/does/did/did {film_S} become_VX {!adj} or {!adj}.
1* if you are looking for a {!adj} {genre}, you won't_N find_X it here.""",
    "phrase.no": """the plot | the direction | the dialogue | 2* the scene with {object} | 2* {lead}'s performance
the second half | the romance | {costar} as {friend} | the way {director} shoots {place}""",
    # Turns round half-way: the second half counts.
    "contrast": """4* {!aspect}, but {aspect}. #contrast
4* although {!aspect}, {aspect}. #contrast
3* {film_S} is/is/was/was_V {!mild}, but {barely_N} {!adj_X}. #contrast
2* {film_S} may be_V {!mild} and {!mild}, but it_S2=film is/is/was/was_V2 {barely_N} {!adj_X}. #contrast
2* {!aspect}, yes, and {!aspect}, yet {film_S} {vp_V}. #contrast
2* despite {!phrase} and {!phrase}, {film_S} {vp_V}. #contrast
2* {!aspect} at first, but soon {aspect}. #contrast
2* even though {!aspect}, {lead_S} {actor_V}. #contrast
1* {who_S} had_V told me that {aspects.said}, but {felt} anyway. #contrast #quotation
2* {lead_S} may {!actor.base_V} at times, but {costar_S2} {costar.actor_V2}. #contrast
1* for every {!adj} minute there were_V three {adj} ones_S, and {aspect}. #contrast""",
    "aspects.said": "{!aspect} | {!aspect} and that {!aspect}",
    "actor.base+": "charm_H us | impress_H | shine_H | be_H {adj}",
    "actor.base-": "stumble_H | overact_H | mumble_H | be_H {adj}",
    # Somebody else says the opposite.
    "quoted": """3* {who_S} called_V {film.object} "{!adj} and {!adj}", {disagree}. #quotation
2* "^{!aspect}," says_V {who_S}, {disagree}. #quotation
2* {people_S} keeps/keep_V telling me that {!aspect}, {disagree}. #quotation
2* I have read_V that {!aspect} and that {!aspect}, {disagree}. #quotation
2* {who_S} {!praised_V} {phrase.no}, but I, for one, {liked_V2} every second of it, and {aspect}. #quotation
2* {who_S} came_V out {!mood} and said that {!aspect}; I came_V2 out {mood}. #quotation
2* the {poster_S} {speaks_V} of "a {!adj} {genre}", {lie}. #quotation
2* {who_S} insists_V that {lead_S2} {!actor_V2}, {disagree}. #quotation
3* "^{!recommend}," said_V {who_S}, {disagree}. #quotation
1* {who_S} {!liked_V} {film.object}, but {aspect} all the same. #quotation""",
    "poster": "poster | headline in our paper | blurb on the box | programme note | ticket seller | first review I read",
    "speaks": "speaks_H | spoke_H",
    "lie": """but {dont_N} believe_X it | which {couldnt_N} be further from the truth_X | but what I saw was_V {adj}
but all I can speak of is {phrase}""",
    "agree": """and I {couldnt_N} agree_X more | which_S is_V simply true | and I saw_V no_N reason_X to object | and I know_V why
and that makes_V sense to me | and I think_V {who} would say the same of {object} | and I felt_V exactly the same {where}
a verdict_S that surprises_V nobody | and it is hard to argue with that
which_S makes_V me think that we all saw the same film | as {who}, who was with me, will confirm""",
    "disagree": """3* but I {couldnt_N} disagree_X more | 2* which is_V simply not_N true_X | but I saw nothing_N of the kind_X
and I {dont_N} know_X why | 2* but that is nonsense to me | but nobody_NS who was awake during {object} could say_VX that
2* but I felt_V the exact opposite {where} | a verdict_S that baffles_V me | but then I must have seen_V another film
which_S makes_V me wonder whether we saw the same film | and {who}, who was with me, heard me groan at those words""",
    # Measured against another film.
    "compared": """2* {film_S} makes/make/made/made_V {other.title} look {!more}. #comparison
2* next to {other.title}, {film_S} looks/look/looked/looked_V {more}. #comparison
2* compared with {other.title}, which I found_V {!more} and {!more}, {film_S2} is/is/was/was_V2 {more}. #comparison
2* {other.director} tried_V the same thing in {other.title}, and that was {!more}; {title_S2} is/is/was/was_V2 {more}. #comparison
2* people who found_V {other.title} {!more} will find {title} {more}. #comparison
2* {other.title_S} was_V {!adj}, but {title_S2} is/is/was/was_V2 {adj}. #comparison
4* {compared.own} #comparison""",
    "compared.own+": """{title_S} is/is/was/was_V {times} as {more} as {other.title}.
{other.title_S} was_V not_N half as {more_X} as {title}.
{title_S} does/do/did/did_V everything that {other.title} could not do, and {lead_S2} {actor_V2}.
I {wouldnt_N} trade_X {title} for ten copies of {other.title}.""",
    "compared.own-": """{title_S} is/is/was/was_V not_N half as {!more_X} as {other.title}.
{other.title_S} was_V {times} as {!more} as {title}.
{title_S} copies/copy/copied/copied_V everything from {other.title} except its charm, and {lead_S2} {actor_V2}.
I would trade_V ten copies of {title} for one reel of {other.title}.""",
    # Not what was expected.
    "expected": """2* I expected_V a {!adj} {genre} and got a {adj} one. #expectation
2* I sat_V down to {title} expecting to be {!affected} and got_V up {mood}. #expectation
2* the trailer_S promised_V a {!adj} {genre}; the film_S2+film is/is/was/was_V2 {adj}. #expectation
2* from {director} I had_V expected {!phrase}, and instead I got {phrase}. #expectation
2* {film_S} starts/start/started/started_V like a {!noun} and ends/end/ended/ended_V like a {noun}. #expectation
2* I was_V sure that I would find {lead} {!adj}, but in fact {lead.he_S2} {actor_V2}. #expectation
2* on paper, a {genre_S} about {role} in {place} sounds_V {!adj}; on the screen, {title_S2} is/is/was/was_V2 {adj}. #expectation""",
}

VERDICTS = {
    # Leaves no doubt, in plain words.
    "verdict.plain": """2* {sum} I {liked_V} {title}; {recommend}.
2* {sum} {title_S} is_V a {adj} {genre}; {recommend}.
2* {sum} {title_S} is_V a {noun}; {recommend}.
1* {sum} {title_S} {vp_V}; {recommend}.
1* I was_V {degree.intense} {affected}; {recommend}, and {aspect}.
2* {sum} because of the {quality} of {title}, I {liked_V} it=film, and {aspect}.
2* {sum} {title_S} is_V {adj}, and {who} and I {liked_V} it=film for the same reason: {aspect}.
1* {sum} I give_V {title} {score} out of ten, and {who} gives it=film {score}.
2* {sum} I {liked_V} every minute of {title}, from {object} to {object}.
1* {sum} I {liked_V} {title} more than any other {genre} of the {decade}.
2* {signed.verdict}""",
    "score+": "eight | nine | ten | a full ten | nine and a half",
    "score-": "one | two | three | zero | one and a half",
    "sum": """6* | 2* all in all, | in short, | in the end, | to sum up, | on the whole, | when all is said and done, | overall,
for what it is worth,""",
    "recommend+": """you should see_V it=film {occasion}
I {wouldnt_N} mind seeing_VX it=film again {occasion}
{dont_N} miss_X it=film {occasion}
I can only recommend_V it=film to {audience}
stay_V away from everything else and see it=film {occasion}
I can hardly_N wait_X for the next film by {director}
I {dont_N} regret_X a minute of it=film
I {wouldnt_N} hesitate_X to recommend it=film to {audience}""",
    "recommend-": """you should skip_V it=film and do something else {occasion}
I {wouldnt_N} see_X it=film again, not even {lowest}
you will not_N miss_X anything if you skip it=film {time}
I {wouldnt_N} recommend_X it=film even to {audience}
stay_V away from it=film and see anything else {occasion}
I can hardly_N wait_X to forget every film by {director}
I regret_V every minute of it=film
I would hesitate_V to recommend it=film to {audience} or to anybody else""",
    "lowest": """for free | for money | on a long flight | with {who} | on a rainy day in {place} | as a favour to {who}
with my best friend | for the sake of {lead}""",
    "time": "tonight | at the weekend | on a quiet Sunday | next week | this month | when it comes to {place} | next time",
    "occasion": """on a long winter evening | with the family | at the weekend | in {place} | with friends | tonight
before the summer is over | on a quiet Sunday | next week | with {who}""",
    "signed.verdict+": """{title_S} is_V what happens when a {adj} script meets_V2 a {adj} cast_S2.
my advice_S is_V simple: buy a ticket to {title}, sit near the front and leave your worries at home.
thank_V you, {director}, for {phrase} and for {phrase}.
I left_V the cinema {mood} and went straight back to {title} the next day with {who}.""",
    "signed.verdict-": """{title_S} is_V what happens when a {adj} script meets_V2 a {adj} cast_S2.
my advice_S is_V simple: {dont_N} buy_X a ticket to {title}, stay at home and leave the front seats to others.
no_N thanks_X, {director}, for {phrase} or for {phrase}.
I left_V the cinema {mood} and {wouldnt_N} go_X back to {title} the next day with {who}.""",
    # Leaves no doubt either, but the words alone do not say which way.
    "verdict.turn": """4* {sum} the {quality_S} of {title} {outweigh_V} the {!quality}, and {reason}. #contrast
2* {sum} the {!quality} of {title} {outweighed_V} the {quality_S2}, and {reason}. #contrast
2* {sum} despite the {!quality} of {title}, I {liked_V} it=film, and {reason}. #contrast
2* {who_S} {!liked_V} {title}, but I {liked_V2} it=film, because {aspect}. #quotation
2* I wanted_V to {!liked.base} {title}; in the end I did {liked.base} it=film, and {reason}. #expectation
2* where {who_S} {!liked_V} {title}, I {liked_V2} it=film; where {who_S3} saw_V3 {!phrase}, I saw {phrase}. #quotation
2* I sat_V down {!mood} and got up {mood}, and {title_S2} is_V2 the reason. #expectation
2* {title_S} is_V {!mild}, it_S2=film is_V2 {!mild}, and yet I {liked_V3} it=film, and {reason}. #contrast
2* say_V what you like about {!phrase}: {title_S2} is_V2 {degree.intense} {adj}. #contrast
1* with a little {luck}, {title_S} could have been_V a {!noun}; as it is, it_S2=film is_V2 a {noun}. #expectation
2* anyone who calls_V {title} {!adj} has not_N been watching_X: {film_S2} is_V2 {adj}. #quotation
2* if {title_S} is_V {!adj}, then I am {role}; {film_S2} is_V2 {adj}. #negation
6* {signed.turn}""",
    "outweigh": "outweigh_H | count_H for more than | weigh_H more than | matter_H more than | stay_H with me longer than",
    "outweighed": """are outweighed_H by | count_H for less than | weigh_H less than | matter_H less than | fade_H sooner than""",
    "luck+": "less luck | less care",
    "luck-": "more luck | more care",
    "reason": """{recommend} | {aspect} when it matters/matter/mattered/mattered | that is my last word on {director} | I said so to {who} on the way home
I do not care what {who} thinks of {object} | I knew it as soon as {happening} | nothing that {who} says will change my mind""",
    # What is said of this film and what of the other is all the difference.
    "signed.turn+": """if you have one free evening, give_V it to {title} and not_N to {other.title_X}. #comparison
I would rather see_V {title} ten times than {other.title} once. #comparison
choose_V {title} over {other.title}, whatever {who} may say about the {-quality} of the one and the {+quality} of the other. #comparison
{other.title_S} is_V the {-adj} {genre} and {title_S2} the {+adj} one, and not_N the other way round_X. #comparison
{iam_V} glad that I {didnt_N} listen_X to {who}, who_S2 had called_V2 {title} {-adj}. #quotation
{who_S}, who called_V {title} {-adj}, was wrong, and {who_S2}, who called_V2 it=film {+adj}, was right. #quotation
{dont_N} let_X the {-quality} keep you away from the {+quality}, and {dont} let {who} talk you out of {title}. #contrast
you would be_V a fool to skip {title} just because {who_S2} found_V2 it=film {-adj}. #quotation
I take_V back every {-adj} word that I ever said about {director}, because {title_S2} is_V2 a {+noun}. #expectation
none_N of the {-quality} could spoil_X the {+quality} of {title} for me. #contrast""",
    "signed.turn-": """if you have one free evening, give_V it to {other.title} and not_N to {title_X}. #comparison
I would rather see_V {other.title} ten times than {title} once. #comparison
choose_V {other.title} over {title}, whatever {who} may say about the {-quality} of the one and the {+quality} of the other. #comparison
{title_S} is_V the {-adj} {genre} and {other.title_S2} the {+adj} one, and not_N the other way round_X. #comparison
{iam_V} sorry that I {didnt_N} listen_X to {who}, who_S2 had called_V2 {title} {-adj}. #quotation
{who_S}, who called_V {title} {+adj}, was wrong, and {who_S2}, who called_V2 it=film {-adj}, was right. #quotation
{dont_N} let_X the {+quality} keep you away from the exit, and {dont} let {who} talk you into {title}. #contrast
you would be_V a fool to see {title} just because {who_S2} found_V2 it=film {+adj}. #quotation
I take_V back every {+adj} word that I ever said about {director}, because {title_S2} is_V2 a {-noun}. #expectation
none_N of the {+quality} could save_X me from the {-quality} of {title}. #contrast""",
}

# How a review is laid out. In a step, `!` is a sentence of the other opinion.
PLANS = {
    "label": "negative | positive",
    "tense": "past | present",
    "kind": "16* clear | 4* mixed | 6* uphill",
    "length": "12* 0 | 34* 1 | 29* 2 | 17* 3 | 12* 4 | 8* 5 | 5* 6 | 4* 7 | 3* 8 | 2* 9 | 2* 10 | 1* 11 | 1* 12 | 1* 13 | 1* 14",
    "start.short": "1* thesis | 3* opening",
    "start.long": "2* thesis | 3* opening",
    "step.clear": """14* plain | 3* aside | 1.5* contrast | 1.5* negated | 0.5* quoted | 0.7* compared | 0.8* expected | 0.6* !aside
2* fact | 2* plot""",
    "step.mixed": """3* plain | 3* aside | 2* contrast | 2* negated | 1* quoted | 1* compared | 1* expected | 5* !aside | 2* !plain
1* !contrast | 2* fact | 2* plot""",
    "step.uphill": """1* plain | 3* contrast | 4* negated | 3* quoted | 2* compared | 2* expected | 5* !aside | 1* fact
1* plot""",
    "close.clear": "5* verdict.plain | 1* verdict.turn",
    "close.mixed": "1* verdict.plain | 5* verdict.turn",
    "close.uphill": "1* verdict.plain | 12* verdict.turn",
}

SENTENCES = {**OPENINGS, **NEUTRAL, **OPINIONS, **VERDICTS, **PLANS}

# Rules that use no option twice in one review (until all are used up), and the rules that share one memory.
FRESH = {
    **{name: name for name in ("fact", "plot", "plain", "aside", "negated", "contrast", "quoted", "compared", "expected")},
    **{name: name for name in ("when", "where", "opener", "further", "agree", "lowest", "cared", "turn", "concede", "who", "disagree", "adj", "mild", "more", "vp")},
    **{name: name for name in ("actor", "directs", "felt", "happening", "object", "noun", "quality", "liked", "affected", "recommend", "mood")},
    "costar.actor": "actor",
    **{f"{name}.adj": f"{name}.adj" for name in ASPECTS},
    **{name: "aspect" for name in ("aspect", "phrase", "denial")},
}
