"""Five published listings, rewritten as small broken specimens, each beside its repair; every bug with its assertion.

``listing("L3").show("L3-4")`` prints the line, ``listing("L3").load("L3-4")`` gives the code with that one bug in it,
and ``listing("L3").examine("L3-4", code)`` measures it. The specimens keep the listings' layer sizes and bugs; names,
wording and structure are ours, and Keras is translated to torch. Lesson: 15 The debugging clinic.
"""

from ganlab.listings.bug import Bug, Change, Finding
from ganlab.listings.clinic import Listing, bugs, listing, names
from ganlab.listings.errors import Stop, chain
from ganlab.listings.kit import digits, photos

__all__ = ["Bug", "Change", "Finding", "Listing", "Stop", "bugs", "chain", "digits", "listing", "names", "photos"]
