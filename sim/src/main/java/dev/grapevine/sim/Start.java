package dev.grapevine.sim;

import dev.grapevine.core.Address;
import java.util.random.RandomGenerator.SplittableGenerator;

/**
 * What a machine is started with.
 *
 * @param host the index of its host
 * @param address where it listens
 * @param boots how often a machine was started on this host before
 * @param epochMillis the host's wall clock
 * @param random the machine's own luck; fresh at every start
 * @param disk what an earlier machine on this host left; empty at first and after a restart without disk
 */
public record Start(int host, Address address, int boots, long epochMillis, SplittableGenerator random, Disk disk) {}
