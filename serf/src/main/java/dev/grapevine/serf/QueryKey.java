package dev.grapevine.serf;

/**
 * What names a query in a cluster.
 *
 * @param lTime its Lamport time
 * @param id unsigned 32 bits, random
 */
public record QueryKey(long lTime, long id) {}
