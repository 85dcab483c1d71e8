"""The words that films are made of: titles, people, places, genres, and what happens in them.

Tables in the rule language of `bertlab.world.grammar`, without slots except the facts named in `films.py`. In a plot,
`his`, `he` and `him` are the hero's and change with the hero's gender.
"""

WOMEN = """Marta | Ilse | Odile | Renata | Saskia | Bridget | Nadine | Thea | Perla | Winnie | Agnes | Delia | Imke
Corinne | Hester | Yolanda | Maeve | Lorna | Petra | Ottilie | Ramona | Sunniva | Tamsin | Ursula | Viola | Zelda
Beatrix | Cosima | Dorrit | Elspeth | Fenella | Gudrun | Isolde | Jovana | Katja | Linnea | Mirela | Noor | Paloma"""

MEN = """Anselm | Bruno | Cyril | Desmond | Edgar | Florian | Gideon | Harald | Ivo | Jasper | Konrad | Leander | Milo
Norbert | Orson | Piers | Quentin | Rufus | Stellan | Tobias | Ulrich | Valentin | Warren | Yannick | Zoltan | Alistair
Barnaby | Casimir | Dermot | Emeric | Fergus | Gustav | Horace | Ignaz | Joachim | Lorcan | Matteo | Nils | Osric"""

SURNAMES = """Velden | Orme | Castellane | Brask | Holloway-Reed | Tindal | Marchetti-Low | Quill | Farrow-Lane | Ostrander
Pellworth | Drummel | Saarinen-Holt | Varga-Lund | Whitlock | Ashgrove | Bellamine | Corvane | Dunmarrow | Eskridge
Fennimore | Gallowhill | Hartnoll | Ingersby | Jessamy | Kestrel | Lindqvist-Ray | Morrowby | Nettleship | Oakhanger
Pomfrey | Quarrington | Rosenthorpe | Silverlock | Thistlewood | Underhay | Vintner | Wexcombe | Yarborough-Finch
Zellweg | Amberley | Bruckhaus | Calloway-Stern | Delacroy | Elderfield | Fairweather | Grimaldo | Hollander | Istvane
Juniper | Kilbrannan | Larkspur | Merriweather | Northcote | Ollerton | Penhaligon | Ravensworth | Strandberg | Tolliver
Umberfield | Vosswinkel | Winterbourne | Abelard | Birkholm | Cranleigh | Dovecote | Engelhart-Moss | Foxglove | Garrick-Bell"""

CHARACTERS_WOMEN = """Nell | Ada | Clara | Dora | Edie | Flora | Greta | Hattie | Ida | Josie | Kitty | Lottie | Mabel
Nora | Olive | Polly | Rosie | Sadie | Tess | Una | Vera | Willa"""

CHARACTERS_MEN = """Abel | Bert | Caleb | Digby | Ernie | Felix | Gus | Hank | Ike | Joss | Kit | Lenny | Monty | Ned
Otto | Percy | Ralph | Sid | Teddy | Vic | Walt | Zeke"""

PLACES = """Lisbon | Bergen | Trieste | Antwerp | Galway | Cork | Seville | Krakow | Tallinn | Ghent | Porto | Bruges
Winnipeg | Halifax | Omaha | Savannah | Tucson | Duluth | Havana | Tangier | Cairo | Osaka | Lima | Quito | Dublin
Glasgow | Leeds | Cardiff | Dundee | Brighton | Marseille | Naples | Palermo | Vienna | Prague | Riga | Oslo | Malmo"""

GENRES = """5* comedy ~light | 3* romance ~light | 2* musical ~light | 2* fantasy ~light | 6* drama ~dark
5* thriller ~dark | 3* mystery ~dark | 3* horror film ~dark | 3* western ~dark | 2* war film ~dark
3* crime film ~dark | 2* road movie ~light | 2* family film ~light | 2* adventure film ~light | 2* ghost story ~dark
1* courtroom drama ~dark | 1* period drama ~dark | 1* spy film ~dark | 1* satire ~light"""

TITLES = """8* The {adjective} {noun}
5* {noun} of {abstract}
4* The {noun} in the {noun}
3* A {noun} for {first}
3* {first}'s {noun}
3* {doing} {place}
3* The Last {noun} to {place}
1* {adjective} {noun}, {adjective} {noun}
3* {count} {nouns}
2* The {nouns} of {place}
2* {doing} the {noun}
2* Beyond the {adjective} {noun}
2* {noun} at {hour}
2* The {noun} and the {noun}
1* No {noun} in {place}
1* When {first} Met the {noun}
1* What the {noun} Knew
1* Goodbye, {adjective} {noun}"""

TITLE_WORDS = {
    "adjective": """Amber | Crooked | Borrowed | Paper | Salt | Velvet | Seventh | Hollow | Copper | Patient | Wandering
Sleepless | Unwritten | Scarlet | Winter | Midnight | Distant | Quiet | Burning | Forgotten | Painted | Silent | Stolen
Glass | Iron | Second | Northern | Empty | Drowned | Golden""",
    "noun": """Lantern | Harbour | Orchard | Ferry | Clockmaker | Staircase | Postman | Violin | Almanac | Lighthouse
Carousel | Lodger | Garden | Letter | Bridge | River | Mirror | Engine | Compass | Sparrow | Wolf | Magician | Widow
Captain | Tailor | Piano | Suitcase | Telegram | Umbrella | Window | Cathedral | Island | Tunnel | Stranger | Raven
Kingdom | Shadow | Tide | Bell | Map""",
    "nouns": """Lanterns | Orchards | Violins | Letters | Bridges | Rivers | Mirrors | Sparrows | Wolves | Magicians
Widows | Captains | Tailors | Suitcases | Telegrams | Windows | Strangers | Ravens | Shadows | Tides | Bells | Sisters""",
    "abstract": """Dust | Rain | Ashes | Smoke | Mercy | Thunder | Silk | Feathers | Sand | Snow | Thorns | Echoes""",
    "doing": """Leaving | Finding | Crossing | Remembering | Chasing | Inventing | Forgiving | Waiting for | Waking""",
    "count": """Two | Three | Four | Five | Six | Nine | Eleven | Twelve | Forty | A Hundred""",
    "hour": """Dawn | Noon | Midnight | Daybreak | Half Past Nine | Low Water""",
}

ROLES = """a retired clockmaker | a young nurse | a night porter | a country doctor | a failed composer | a taxi driver
a widowed farmer | a small-town librarian | a ship's cook | an apprentice baker | a travelling salesman | a shy typist
a former boxer | a railway inspector | a piano tuner | a disgraced lawyer | a school inspector | a lighthouse keeper
an out-of-work actor | an ambitious reporter | a homesick soldier | a stubborn beekeeper | a lonely radio host
a history teacher | a pastry chef | an amateur astronomer | a hotel detective | a museum guard | a stage magician
a ferry captain | a runaway heir | an elderly spy | a puppet maker | a village constable | a forgotten novelist
a bus conductor | a chess champion | an opera singer | a gravedigger | an insurance clerk | a tired judge"""

# What the hero does (after "who" or a name), by the tone of the genre.
GOALS = {
    "light": """tries to save the last cinema in town | inherits a bakery from a great-aunt nobody has met
falls in love with the one person his mother cannot stand | enters a dance contest to pay off an old debt
has to share a house with his worst enemy for a whole summer | pretends to be a foreign aristocrat at a country wedding
sets out to return a library book that is forty years overdue | adopts an elephant that the circus has left behind
opens a restaurant without knowing how to boil an egg | must teach a choir of fishermen to sing
wakes up to find that everybody can hear his thoughts | finds a talking map under the floorboards
drives an ice-cream van across the continent with his grandfather | is mistaken for a famous explorer
decides to build a flying machine behind the church | swaps lives with his twin for a week
takes a job as a ghost in a haunted hotel | follows a lost dog into the strangest night of his life
trains a football team that has never won a match | plans the perfect birthday for his rival's daughter""",
    "dark": """loses his only child in a terrible accident | comes home from the war to an empty house
discovers that his closest friend has been selling secrets | hides a wounded stranger in the cellar
is accused of a murder that happened before he was born | watches his village drown behind a new dam
hunts the man who burned down his farm | takes one last job for a cruel and dying gangster
learns that he has six months to live | searches for a sister who vanished twenty years ago
guards a prisoner whom the whole town wants to hang | finds a body in the frozen lake
receives letters from a woman who died in a fire | must choose which of two brothers to betray
crosses the mountains with a horrible secret in his bag | hears a child crying behind the wall every night
buries a friend and inherits his enemies | stands trial for a theft he would do again
nurses the man who ruined his family | is locked in an asylum by a greedy uncle""",
}

# Events that a scene or a memory hangs on (after "when" and a name).
EVENTS = {
    "light": """finally reads the letter | misses the last train | dances on the kitchen table | sings to the cows
burns the wedding cake | loses the bet | hides in the wardrobe | confesses everything to the parrot
steals the mayor's hat | learns to swim | falls off the roof | finds the missing ring | proposes to the wrong sister
opens the green door | rides the bicycle through the market | paints the town hall yellow | forgets the speech""",
    "dark": """opens the cellar door | identifies the body | walks into the sea | burns the photographs | tells the truth in court
buries the dog | loses the farm | finds the second letter | sits alone in the station | fires the gun | breaks the mirror
visits the grave | signs the confession | hears the verdict | leaves the child with the nuns | meets the killer in the lift
crosses the frozen river""",
}

OBJECTS = """the duel at dawn | the broken concert | the birthday dinner | the night in the flooded station | the funeral
the dance in the empty theatre | the chess game | the endless train ride | the escape from the burning barn | the wedding
the visit to the hospital | the walk through the market | the garden party | the week in the snowed-in hotel
the telephone call | the chase across the rooftops | the quarrel on the old ferry | the ride on the night bus
the hour at the abandoned fairground | the first day at school | the rainy picnic | the storm at the lighthouse
the trial | the breakfast in the kitchen | the arrest at the border | the search of the cellar
the auction | the sermon | the card game | the farewell on the pier | the fight in the bakery | the spelling contest"""
