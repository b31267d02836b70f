/** Tests of replicated state, most of them on virtual time with the bytes that real nodes would send. */
@org.jspecify.annotations.NullMarked
package dev.grapevine.state;
