/** What tests need to see of memberlist's inside. */
@NullMarked
package dev.grapevine.serf.memberlist;

import org.jspecify.annotations.NullMarked;
