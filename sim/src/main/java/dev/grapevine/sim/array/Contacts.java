package dev.grapevine.sim.array;

/** How the contacts of one tick follow each other when a node calls several peers. Irrelevant to a fanout of one. */
public enum Contacts {
    /** Each is over before the next begins: what the first peer tells, the second is told. */
    ONE_BY_ONE,
    /** All are opened with what the caller knew at its tick, as by a node that sends its digests in one go. */
    AT_ONCE
}
