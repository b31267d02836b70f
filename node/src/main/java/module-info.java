/** The embeddable gossip node: membership and rumors on real sockets. */
module dev.grapevine {
    requires static transitive org.jspecify;
    requires transitive dev.grapevine.core;
    requires org.slf4j;

    exports dev.grapevine;
    exports dev.grapevine.recorder;
    exports dev.grapevine.runtime;
    exports dev.grapevine.store;
}
