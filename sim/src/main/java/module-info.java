/** Any machine on a virtual network and on virtual time, with faults, invariants and epidemics of a billion nodes. */
module dev.grapevine.sim {
    requires transitive dev.grapevine.core;
    requires static transitive org.jspecify;
    requires typesafe.config;

    uses dev.grapevine.sim.scenario.Protocol;

    exports dev.grapevine.sim;
    exports dev.grapevine.sim.array;
    exports dev.grapevine.sim.replay;
    exports dev.grapevine.sim.broadcast;
    exports dev.grapevine.sim.scenario;
}
