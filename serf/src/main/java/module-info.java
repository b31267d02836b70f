/** Serf and memberlist spoken natively: wire, machine, no sockets. */
module dev.grapevine.serf {
    requires static transitive org.jspecify;
    requires transitive dev.grapevine.core;

    exports dev.grapevine.serf;
    exports dev.grapevine.serf.memberlist;
    exports dev.grapevine.serf.msgpack;
    exports dev.grapevine.serf.rpc;
}
