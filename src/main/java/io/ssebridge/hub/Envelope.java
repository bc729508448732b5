package io.ssebridge.hub;

/** What surrounds the data of each event of a stream. */
public enum Envelope {
    /** Nothing: the data is the published text. */
    NONE,
    /** The data is a <a href="https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md">
     * CloudEvent in JSON</a>, which contains the published data and says which channel the event belongs to. */
    CLOUDEVENTS
}
