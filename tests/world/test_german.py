"""Reviews in German: pairs checked by hand, one German sentence for each English one, streams that begin alike."""

from dataclasses import replace
from itertools import islice

import pytest

from bertlab.errors import InputError
from bertlab.world import reviews
from bertlab.world.german import german, parallel
from bertlab.world.structure import Choice, Derivation

# What each pair shows: English sentences of the stream, and the German that a translator would write.
PAIRS = {
    "perfect, participle last": """
In short, I enjoyed The Patient Lodger more than any other drama of the 2010s.
Kurz gesagt habe ich „The Patient Lodger“ mehr genossen als jedes andere Drama der 2010er-Jahre.
    """,
    "agreement of determiner and adjective with a feminine genre": """
When all is said and done, I despised When Tess Met the Suitcase more than any other satire of the 2010s.
Unter dem Strich habe ich „When Tess Met the Suitcase“ mehr verachtet als jede andere Satire der 2010er-Jahre.
    """,
    "negation moves from the subject to the verb": """
None of the fine moments could save me from the plot holes of A Lantern for Percy.
All die schönen Momente zusammen konnten mich nicht vor den Logiklöchern von „A Lantern for Percy“ retten.
    """,
    "'as if' and verb-final 'sobald'": """
Ursula Marchetti-Low looks as if somebody had lost the rest of the script, and Imke Ravensworth shouts every line as \
soon as the action moves to Tallinn.
Ursula Marchetti-Low wirkt, als hätte jemand den Rest des Drehbuchs verloren, und Imke Ravensworth brüllt jede Zeile, \
sobald die Handlung nach Tallinn wechselt.
    """,
    "separable verb apart, genitive, polite advice": """
Clara's Almanac lost its way at the end of the endless train ride; you should skip it and do something else with \
friends.
„Clara's Almanac“ kam am Ende der endlosen Zugfahrt vom Weg ab; Sie sollten ihn auslassen und mit Freunden etwas \
anderes tun.
    """,
    "separable verb together in a subordinate clause": """
I should add that it lost its way in the scenes in Leeds.
Ich sollte hinzufügen, dass er in den Szenen in Leeds vom Weg abkam.
    """,
    "modal and infinitive last": """
I find that nobody could call Ursula Tindal's performance delightful, least of all in the scenes with Orson Thistlewood.
Ich finde, dass niemand die Darbietung von Ursula Tindal köstlich nennen könnte, am wenigsten in den Szenen mit Orson \
Thistlewood.
    """,
    "adverbial in the middle field": """
I find that the air of menace is consistently self-important after the walk through the market.
Ich finde, dass die bedrohliche Aura nach dem Gang über den Markt durchweg wichtigtuerisch ist.
    """,
    "coordinated subordinate clauses, noun left out": """
I noticed, too, that for every painful minute there were three first-rate ones, and the main theme was stirring.
Mir ist auch aufgefallen, dass auf jede qualvolle Minute drei erstklassige kamen und das Hauptthema aufwühlend war.
    """,
    "contraction with a neuter dative, two separable infinitives": """
Do not let the good intentions keep you away from the exit, and don't let the girl at the box office talk you into No \
Staircase in Halifax.
Lassen Sie sich von den guten Absichten nicht vom Ausgang fernhalten, und lassen Sie sich „No Staircase in Halifax“ \
vom Mädchen an der Kinokasse nicht aufschwatzen.
    """,
    "free relative clause turned round": """
Frankly, what I admired most is the fluid structure.
Offen gesagt ist die fließende Struktur das, was ich am meisten bewundert habe.
    """,
    "free relative clause in front, plural verb": """
What I despised most is the shoddy stunts.
Was ich am meisten verachtet habe, sind die minderwertigen Stunts.
    """,
    "apposition in the dative, relative clause": """
In Sparrow of Thunder, Bruno Larkspur tells the story of Kit, a gravedigger who has to share a house with his worst \
enemy for a whole summer.
In „Sparrow of Thunder“ erzählt Bruno Larkspur die Geschichte von Kit, einem Totengräber, der einen ganzen Sommer \
lang mit seinem schlimmsten Feind ein Haus teilen muss.
    """,
    "relative pronoun in the accusative": """
Rufus Hollander and Dermot Lindqvist-Ray share the screen in The Unwritten Harbour, a comedy that Delia Eskridge set \
in Prague.
Rufus Hollander und Dermot Lindqvist-Ray teilen sich die Leinwand in „The Unwritten Harbour“, einer Komödie, die \
Delia Eskridge in Prag angesiedelt hat.
    """,
    "relative pronoun after a preposition, masculine": """
Somebody lent me A Carousel for Lottie, the 1944 western in which Perla Wexcombe plays a widowed farmer.
Jemand hat mir „A Carousel for Lottie“ geliehen, den Western aus dem Jahr 1944, in dem Perla Wexcombe eine verwitwete \
Landwirtin spielt.
    """,
    "relative pronoun after a preposition, feminine": """
Somebody lent me Beyond the Quiet Shadow, the 1998 comedy in which Linnea Delacroy plays a ship's cook.
Jemand hat mir „Beyond the Quiet Shadow“ geliehen, die Komödie aus dem Jahr 1998, in der Linnea Delacroy eine \
Schiffsköchin spielt.
    """,
    "relative clause within a relative clause, of a woman": """
Burning Staircase, Winter Bridge is a dismal drama about a travelling salesman who stands trial for a theft she would \
do again.
„Burning Staircase, Winter Bridge“ ist ein trostloses Drama über eine reisende Vertreterin, die wegen eines \
Diebstahls vor Gericht steht, den sie wieder begehen würde.
    """,
    "one subject, two verbs at the end": """
In The Paper Harbour, Katja Holloway-Reed plays Rosie, an apprentice baker who buries a friend and inherits her enemies.
In „The Paper Harbour“ spielt Katja Holloway-Reed Rosie, eine Bäckergesellin, die eine Freundin begräbt und deren \
Feinde erbt.
    """,
    "verb before the subject after 'unterdessen'": """
Meanwhile Sadie, a stage magician, buries a friend and inherits her enemies.
Unterdessen begräbt Sadie, eine Bühnenmagierin, eine Freundin und erbt deren Feinde.
    """,
    "separable verb with a prefix far away": """
Meanwhile Una, a taxi driver, comes home from the war to an empty house.
Unterdessen kehrt Una, eine Taxifahrerin, aus dem Krieg in ein leeres Haus zurück.
    """,
    "reflexive pronoun before the subject": """
Meanwhile Vic, a young nurse, pretends to be a foreign aristocrat at a country wedding.
Unterdessen gibt sich Vic, ein junger Krankenpfleger, auf einer Bauernhochzeit als fremder Adliger aus.
    """,
    "'als' with the preterite": """
I wanted to detest Walt's Garden; in the end I did love it, and I knew it as soon as Walt misses the last train.
Ich wollte „Walt's Garden“ verabscheuen; am Ende musste ich ihn doch lieben, und das wusste ich, sobald Walt den \
letzten Zug verpasste.
    """,
    "'wenn' with the present": """
Despite the faults of Beyond the Empty Tailor, I enjoyed it, and the score is haunting and delicate when it matters.
Ich habe „Beyond the Empty Tailor“ trotz seiner Fehler genossen, und die Filmmusik ist betörend und zart, wenn es \
darauf ankommt.
    """,
    "something else in front, colon, capital": """
The critic in my newspaper and I agreed on one thing: the photography was striking.
In einem Punkt waren der Kritiker meiner Zeitung und ich uns einig: Die Fotografie war eindrucksvoll.
    """,
    "elliptical noun phrase": """
I expected a dismal drama and got a marvellous one.
Ich hatte ein trostloses Drama erwartet und ein fabelhaftes bekommen.
    """,
    "'it' is 'er'": """
In addition, the film may be simple and clumsy, but it was anything but mediocre.
Zudem mag der Film schlicht und unbeholfen sein, aber er war alles andere als mittelmäßig.
    """,
    "'it' is 'es'": """
The picture may be loud and overlong, but it is anything but disappointing.
Das Werk mag laut und überlang sein, aber es ist alles andere als enttäuschend.
    """,
    "'it' is 'sie'": """
This comedy may be slick and polished, but it was by no means great.
Diese Komödie mag geschmeidig und geschliffen sein, aber sie war keineswegs großartig.
    """,
    "'it' is not said twice": """
The truth is that it may be silly and overlong, but it is anything but dull.
Die Wahrheit ist, dass er albern und überlang sein mag, aber alles andere als öde ist.
    """,
    "'I' is not said twice, time first": """
I noticed, too, that I forgot the time during the breakfast in the kitchen, and I was on the edge of my seat when Sid \
tells the truth in court.
Mir ist auch aufgefallen, dass ich während des Frühstücks in der Küche die Zeit vergaß und auf der Stuhlkante saß, als \
Sid vor Gericht die Wahrheit sagte.
    """,
    "a role without an article": """
Mind you, Jasper Birkholm was hopelessly miscast as an ambitious reporter.
Wohlgemerkt, Jasper Birkholm war als ehrgeiziger Reporter hoffnungslos fehlbesetzt.
    """,
    "pronoun for a woman": """
Katja Farrow-Lane had made twelve crime films before she met Fergus Gallowhill.
Katja Farrow-Lane hatte schon zwölf Gangsterfilme gedreht, bevor sie Fergus Gallowhill begegnete.
    """,
    "infinitive with 'zu' and a separable verb": """
The picture managed to excite me even before the chase across the rooftops.
Das Werk schaffte es schon vor der Verfolgungsjagd über die Dächer, mich mitzureißen.
    """,
    "plural dative, a verb for each of two relative pronouns": """
The Postman and the Stranger (1978) is one of those 1970s war films that everybody has heard of and nobody has seen.
„The Postman and the Stranger“ (1978) gehört zu jenen Kriegsfilmen der 1970er-Jahre, von denen jeder gehört und die \
niemand gesehen hat.
    """,
    "direct speech after a word that takes the first place": """
On the other hand, "You should see it at the weekend," said a colleague, which makes me think that we all saw the \
same film.
Andererseits sagte ein Kollege: „Sie sollten ihn am Wochenende sehen“, weshalb ich glaube, dass wir alle denselben \
Film gesehen haben.
    """,
    "direct speech first": """
"I don't regret a minute of it," said my flatmate, which is simply true.
„Ich bereue keine Minute davon“, sagte mein Mitbewohner, was schlicht wahr ist.
    """,
    "subjunctive": """
With a little less care, When Nora Met the Staircase could have been a waste of time; as it is, it is a treat.
Mit etwas weniger Sorgfalt hätte „When Nora Met the Staircase“ eine Zeitverschwendung werden können; so aber ist er \
ein Leckerbissen.
    """,
    "superlative": """
I have seen four films by Isolde Marchetti-Low, and Twelve Suitcases is the most clumsy of them.
Ich habe vier Filme von Isolde Marchetti-Low gesehen, und „Twelve Suitcases“ ist der plumpste von ihnen.
    """,
    "object in front": """
I wanted to loathe An Orchard for Willa, but I simply could not detest a fantasy this good.
Ich wollte „An Orchard for Willa“ verwünschen, aber einen so guten Fantasyfilm konnte ich einfach nicht verabscheuen.
    """,
    "'trotz' with the genitive, verb second": """
Despite the intrusive piano music and the lazy script, the film makes two hours feel like twenty minutes.
Trotz der aufdringlichen Klaviermusik und des faulen Skripts lässt der Film zwei Stunden wie zwanzig Minuten wirken.
    """,
    "weak masculine noun in the dative": """
No Ferry in Cairo is well-made, it is harmless, and yet I despised it, and I said so to a colleague on the way home.
„No Ferry in Cairo“ ist solide, er ist harmlos, und doch habe ich ihn verachtet, und das habe ich einem Kollegen auch \
auf dem Heimweg gesagt.
    """,
    "verb last after 'wo', first after the clause": """
Where my aunt enjoyed Letter of Sand, I detested it; where a colleague saw the lovely soundtrack, I saw the frantic \
framing device.
Wo meine Tante „Letter of Sand“ genossen hat, habe ich ihn verabscheut; wo ein Kollege den lieblichen Soundtrack sah, \
sah ich die hektische Rahmenhandlung.
    """,
    "neither, nor": """
I wouldn't call Chasing the Umbrella dull or dreadful.
Ich würde „Chasing the Umbrella“ weder öde noch grässlich nennen.
    """,
}


@pytest.fixture(scope="module")
def translated(sample):
    """English sentences of 2,000 reviews, each with all its translations."""
    found: dict[str, set[str]] = {}
    for review in sample[:2000]:
        for sentence, translation in zip(review.sentences, german(review), strict=True):
            found.setdefault(sentence.text, set()).add(translation)
    return found


@pytest.mark.parametrize("shown", PAIRS)
def test_pairs_read_by_a_speaker_of_german(translated, shown):
    english, expected = PAIRS[shown].strip().splitlines()[-2:]
    assert translated[english] == {expected}


def test_each_sentence_has_one_german_sentence(sample):
    for review in sample[:300]:
        translation = german(review)
        assert len(translation) == len(review.sentences)
        for sentence, said in zip(review.sentences, translation, strict=True):
            assert (said[-1] == "!") == (sentence.text[-1] == "!") and (said[-1] == "?") == (sentence.text[-1] == "?")
            assert said[0].isupper() or said[0] == "„"


def test_names_and_titles_are_kept(sample):
    """Each title stands in German quotation marks, each name as it is; years are the same."""
    for review in sample[:500]:
        for sentence, said in zip(review.sentences, german(review), strict=True):
            for span in sentence.spans:
                surface = sentence.surface(span)
                if span.label == "FILM":
                    assert f"„{surface}“" in said, (sentence.text, said)
                elif span.label in ("PERSON", "CHARACTER"):
                    assert surface in said, (sentence.text, said)
                elif span.label == "YEAR":
                    assert surface.rstrip("s") in said, (sentence.text, said)


def test_what_is_denied_in_english_is_denied_in_german(sample):
    words = ("nie", "nicht", "kein", "kaum", "weder", "alles andere als", "alles, nur nicht", "niemand")
    for review in sample[:500]:
        for sentence, said in zip(review.sentences, german(review), strict=True):
            if any(choice.rule.startswith(("barely", "negated")) for choice in sentence.derivation.choices):
                if "waited in vain" not in sentence.text:
                    assert any(word in said.lower() for word in words), (sentence.text, said)


def test_the_same_review_is_said_the_same_way_always(sample):
    for review in sample[:100]:
        assert german(review) == german(review)
    assert [german(review) for review in reviews(20)] == [german(review) for review in sample[:20]]


def test_parallel_is_the_sentences_of_reviews_and_their_german(sample):
    expected = [
        pair
        for review in sample[:40]
        for pair in zip((sentence.text for sentence in review.sentences), german(review), strict=True)
    ]
    assert list(parallel(len(expected))) == expected
    assert list(parallel(7)) == expected[:7]
    assert list(parallel(0)) == []


def test_shards_of_the_stream_are_the_stream():
    whole = list(parallel(300, seed=4, split="validation"))
    endless = parallel(seed=4, split="validation")
    assert [*islice(endless, 100), *islice(endless, 200)] == whole
    assert list(islice(parallel(300, seed=4, split="validation"), 1, None, 3)) == whole[1::3]
    assert list(parallel(300, seed=5, split="validation")) != whole


def test_bad_input_is_told_so():
    for n in (-1, True, 2.5, "3"):
        with pytest.raises(InputError, match="n is .*: expected how many pairs"):
            parallel(n)
    with pytest.raises(InputError, match="seed is 'x': expected an integer"):
        parallel(1, seed="x")
    with pytest.raises(InputError, match="split is 'dev': expected one of train, validation, test"):
        parallel(1, split="dev")
    with pytest.raises(InputError, match="review is a str: expected a Review"):
        german("It was good.")


def test_a_review_without_its_derivation_is_told_so(sample):
    with pytest.raises(InputError, match="does not say its film, label and tense"):
        german(replace(sample[0], derivation=Derivation(())))


@pytest.mark.parametrize("rule, option", [("hats", 0), ("plain(+)", 99)])
def test_a_review_of_another_grammar_is_told_so(sample, rule, option):
    sentence = replace(sample[0].sentences[0], derivation=Derivation((Choice(rule, option, 1.0),)))
    with pytest.raises(InputError, match="not of this version of the grammar"):
        german(replace(sample[0], sentences=(sentence,)))
