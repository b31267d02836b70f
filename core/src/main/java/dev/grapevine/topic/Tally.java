package dev.grapevine.topic;

/** Counts since the start. */
final class Tally {
    long published;
    long delivered;
    long payloadsSent;
    long payloadsReceived;
    long duplicates;
    long asked;
    long controlSent;
    long lost;
    long refused;
    long bytes; // sent, if they are limited
}
