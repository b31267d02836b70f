/** Gossip protocols and the native wire format, without sockets, threads or clocks. */
module dev.grapevine.core {
    requires static transitive org.jspecify;

    exports dev.grapevine.blob;
    exports dev.grapevine.broadcast;
    exports dev.grapevine.coordinates;
    exports dev.grapevine.core;
    exports dev.grapevine.membership;
    exports dev.grapevine.node;
    exports dev.grapevine.state.aggregate;
    exports dev.grapevine.state.reconcile;
    exports dev.grapevine.recording;
    exports dev.grapevine.query;
    exports dev.grapevine.topic;
    exports dev.grapevine.state;
    exports dev.grapevine.wire;
}
