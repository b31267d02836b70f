package dev.grapevine.sim.scenario;

/**
 * How one piece of news went through a cluster.
 *
 * @param title what it was
 * @param nodes how many could learn it
 * @param node those who did, in the order of learning
 * @param parent who told each of them; -1 where it began
 * @param atSeconds when, seconds of virtual time, ascending
 */
public record Story(String title, int nodes, int[] node, int[] parent, double[] atSeconds) {}
