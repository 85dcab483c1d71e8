"""Clauses and phrases: what sentences are built from. See `bertlab.world.grammar` for the notation."""

from bertlab.world.lexicon_opinions import ASPECTS, WORDS

PHRASES = {
    # The film, as the subject of a sentence. "it" needs a film to point at: see `@far`.
    "film": """4* it_H=film
3* the film_H+film
3* this movie_H+film
2* the picture_H+film
3* {title_H}
1* the whole film_H+film
1* this {genre_H+film}""",
    "film@far": """4* the film_H+film
4* this movie_H+film
2* the picture_H+film
6* {title_H}
1* the whole thing_H+film
1* this {genre_H+film}
1* {director}'s film_H+film""",
    "film.object": """3* the film+film
3* this movie+film
5* {title}
1* the whole thing+film
1* {director}'s picture+film
1* this {genre+film}""",
    "degree": """14*
2* truly | 2* really | absolutely | simply | often | consistently | remarkably | thoroughly | genuinely | surprisingly""",
    "degree.intense": """absolutely | utterly | completely | totally | truly | thoroughly""",
    "barely": """2* never_H | not_H remotely | not_H in the least | by no_H means | hardly_H | 2* anything_H but | 2* far_H from
not_H for a moment""",
    # Any stretch of the film; and a point in it, for sentences that deny something.
    "when": """2* from the first scene to the last | throughout | from start to finish | 2* {where} | 2* by the time {happening}
in scene after scene | 2* as soon as the action moves to {place} | 2* once {friend} turns up | 2* after {object}
even in the quiet passages | long before {object} | 1* from the opening credits on""",
    "where": """2* when {happening} | 2* during {object} | 2* in the scenes with {costar} | in the longer scenes | in the crowd scenes
in the scenes in {place} | while {happening} | when {hero} and {friend} meet in {place} | at the end of {object}""",
    "opener": """16*
honestly, | to be honest, | for me, | in my opinion, | frankly, | as it turns out, | I must admit that | I have to say that
the truth is that | to my mind, | as far as I can tell, | I find that | one thing is clear:""",
    "further": """16*
on top of that, | what is more, | besides, | in addition, | also, | I noticed, too, that
likewise, | I should add that | then there is this:""",
    "turn": """2* still, | 2* that said, | on the other hand, | 2* however, | then again, | all the same, | at the same time,
even so, | for all that,""",
    "concede": """granted, | 2* admittedly, | it is true that | to be fair, | I will admit that | yes, | of course, | mind you,
on the other hand,""",
    "who": """my brother | my wife | my cousin | a friend from work | the critic in my newspaper | my neighbour | my sister
the man behind me | the girl at the box office | my old film teacher | a colleague | my flatmate | our babysitter
my father | my aunt | one well-known critic | the woman next to me | my dentist | the usher | my grandmother""",
    "people": """people ~pl | the critics ~pl | most of my friends ~pl | the posters ~pl | other reviewers ~pl | the fans ~pl""",
    "place.seen": """at a festival in {place} | on television last night | at the little cinema on our street | on a long flight
with my family | with low hopes | on a rainy Sunday | after a hard week | at a friend's house | with my students
at a midnight screening | on an old tape | twice in one week | for the third time | on my birthday | with two friends
in a nearly empty theatre | by accident | because of {lead} | because of the poster | a month ago in {place}""",
    "audience": """anyone who likes {genres} | anyone who has ever been to {place} | people with an evening to spare
my best friend | fans of {lead} | lovers of {genres} | anybody who grew up on {genres} | admirers of {director}
the whole family | people who know {place}""",
    # The same in full and as people say it.
    "dont": "do not_H | 2* don't_H",
    "wouldnt": "would not_H | 2* wouldn't_H",
    "couldnt": "could not_H | 2* couldn't_H",
    "didnt": "did not_H | 2* didn't_H",
    "iam": "I am_H | 2* I'm_H",
    "times": "twice | three times | ten times | a hundred times",
}

VERBS = {
    # What a film does; the verb agrees with "film", which is singular, and follows the tense of the review.
    "vp+": """works/work/worked/worked_H {manner}
grabs/grab/grabbed/grabbed_H you by the collar and never lets/let/let/let go
keeps/keep/kept/kept_H you guessing until {object}
earns/earn/earned/earned_H every one of its tears
gets/get/got/got_H better and better
deserves/deserve/deserved/deserved_H a far bigger audience
leaves/leave/left/left_H you {mood}
holds/hold/held/held_H together {manner} {where}
hits/hit/hit/hit_H all the right notes {where}
has/have/had/had_H its heart in the right place and its eyes wide open
makes/make/made/made_H two hours feel like twenty minutes
comes/come/came/came_H to life {where}
stays/stay/stayed/stayed_H with you for days
tells/tell/told/told_H its tale {manner}""",
    "vp-": """drags/drag/dragged/dragged_H on {where}
falls/fall/fell/fell_H apart {where}
runs/run/ran/ran_H out of ideas {where}
goes/go/went/went_H nowhere {where}
wastes/waste/wasted/wasted_H its cast and your evening
leaves/leave/left/left_H you {mood}
collapses/collapse/collapsed/collapsed_H under its own weight {where}
misses/miss/missed/missed_H every chance it gets/get/got/got
outstays/outstay/outstayed/outstayed_H its welcome {where}
makes/make/made/made_H twenty minutes feel like two hours
insults/insult/insulted/insulted_H your intelligence {where}
loses/lose/lost/lost_H its way {where}
talks/talk/talked/talked_H and talks/talk/talked/talked and says/say/said/said nothing
tells/tell/told/told_H its tale {manner}""",
    "actor+": """steals/steal/stole/stole_H every scene as {hero}
carries/carry/carried/carried_H the whole film
is/are/was/were_H {adj} as {hero}
gives/give/gave/gave_H the performance of a lifetime
plays/play/played/played_H {hero} {manner}
says/say/said/said_H more with one look than others with a monologue
lights/light/lit/lit_H up the screen {when}
finds/find/found/found_H the human being behind {hero}""",
    "actor-": """sleepwalks/sleepwalk/sleepwalked/sleepwalked_H through the part of {hero}
is/are/was/were_H hopelessly miscast as {role}
is/are/was/were_H {adj} as {hero}
mumbles/mumble/mumbled/mumbled_H through every scene
plays/play/played/played_H {hero} {manner}
looks/look/looked/looked_H as if somebody had lost the rest of the script
shouts/shout/shouted/shouted_H every line {when}
has/have/had/had_H no idea what to do with {hero}""",
    "directs+": """directs/direct/directed/directed_H {manner}
knows/know/knew/knew_H exactly where to put the camera
trusts/trust/trusted/trusted_H the audience to think
handles/handle/handled/handled_H {object} {manner}
finds/find/found/found_H something fresh in every shot of {place}
turns/turn/turned/turned_H a small budget into a virtue""",
    "directs-": """directs/direct/directed/directed_H {manner}
has/have/had/had_H no idea where to put the camera
explains/explain/explained/explained_H everything twice
handles/handle/handled/handled_H {object} {manner}
shoots/shoot/shot/shot_H {place} like a parking lot
turns/turn/turned/turned_H a decent idea into a lecture""",
    "felt+": """I laughed_V out loud
I had_V a lump in my throat
I forgot_V the time
I was_V on the edge of my seat
the whole row applauded_V
tears ran_V down my face, and I was grateful for every one
I wanted_V to stand up and cheer
the hours flew_V by""",
    "felt-": """I checked_V my watch
I nearly fell_V asleep
I rolled_V my eyes
half the row got up and left_V
I started_V to count the ceiling tiles
I reached_V for my phone
I wanted_V my money back
the minutes crawled_V by""",
}


def derived_rules() -> dict[str, str]:
    """The rules that follow from others: clauses, noun phrases and denials for each aspect; what the second actor does."""
    rules = {}
    clauses, phrases, denials = [], [], []
    for name, words in ASPECTS.items():
        rules[f"{name}.noun"] = words["noun"]
        rules[f"{name}.adj+"], rules[f"{name}.adj-"] = words["+"], words["-"]
        subject = f"the {{{name}.noun_S}} is/are/was/were_V"
        rules[f"{name}.clause"] = f"""4* {subject} {{degree}} {{{name}.adj}}
2* {subject} {{{name}.adj}} and {{{name}.adj}}
1* {subject} {{{name}.adj}}, even {{{name}.adj}}"""
        rules[f"{name}.denial"] = f"""{subject} {{barely_N}} {{!{name}.adj_X}}"""
        clauses.append(f"{{{name}.clause}}")
        phrases.append(f"the {{{name}.adj}} {{{name}.noun_H}}")
        denials.append(f"{{{name}.denial}}")
    for sign in "+-":
        second = VERBS[f"actor{sign}"].replace("{hero}", "{friend}").replace("{role}", "{friend.role}")
        rules[f"costar.actor{sign}"] = second
    rules["aspect"], rules["phrase"], rules["denial"] = "\n".join(clauses), "\n".join(phrases), "\n".join(denials)
    return rules


CLAUSES = {**WORDS, **PHRASES, **VERBS, **derived_rules()}
