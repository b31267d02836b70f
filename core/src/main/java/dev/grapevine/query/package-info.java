/** Questions to all members, or to those whose tags match, with answers until a deadline. */
@NullMarked
package dev.grapevine.query;

import org.jspecify.annotations.NullMarked;
