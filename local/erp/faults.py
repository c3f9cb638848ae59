"""Faults that the demo ERP can be told to have; drawn as those of the shops are, see `local.shops.faults`."""

from enum import StrEnum


class Fault(StrEnum):
    """What may happen to one call. Those of lists leave every other call alone."""

    THROTTLED = "throttled"
    UNAVAILABLE = "503"
    UNREACHED = "unreached"  # the connection breaks before anything was done
    LOST = "lost"  # done, and the connection breaks before the answer
    SLOW = "slow"  # done, and the answer comes late
    REVOKED = "revoked"  # the token is not accepted any more
    HALF = "half"  # a list lacks rows although it says that it is whole
    TORN = "torn"  # a list lacks rows and does not say whether there are more
    EMPTY = "empty"  # a list without rows that says that it is whole
    ZEROS = "zeros"  # every quantity of a list is 0
    SHIPPED = "shipped"  # right after this answer somebody ships what was asked about


OF_LISTS = frozenset({Fault.HALF, Fault.TORN, Fault.EMPTY, Fault.ZEROS})
