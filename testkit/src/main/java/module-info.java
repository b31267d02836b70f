/** Tests of your own code on a simulated cluster. */
module dev.grapevine.testkit {
    requires transitive dev.grapevine.core;
    requires transitive dev.grapevine.sim;
    requires transitive org.junit.jupiter.api;
    requires static transitive org.jspecify;

    exports dev.grapevine.testkit;
}
