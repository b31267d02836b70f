/** A Java program as a member of a Serf cluster. */
module dev.grapevine.serf.node {
    requires static transitive org.jspecify;
    requires transitive dev.grapevine.core;
    requires transitive dev.grapevine.serf;
    requires dev.grapevine;

    exports dev.grapevine.serf.node;
}
