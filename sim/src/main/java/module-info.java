/** The simulator: a virtual network for any machine, and epidemics on arrays. */
module dev.grapevine.sim {
    requires static transitive org.jspecify;

    exports dev.grapevine.sim.array;
}
