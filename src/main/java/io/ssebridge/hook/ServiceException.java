package io.ssebridge.hook;

/** Says why a service gave no usable answer. It has no stack trace: a service that is down fails many times a second. */
public final class ServiceException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Why there is no answer. */
    public enum Kind {
        /** The service has not answered in time, or cannot be reached, or its answer is wrong. */
        FAILED,
        /** The service has refused the question, with the reason as the message. */
        REFUSED,
        /** The service was not asked: too many questions wait for it. */
        BUSY
    }

    private final Kind kind;

    private ServiceException(Kind kind, String message) {
        super(message, null, false, false);
        this.kind = kind;
    }

    /**
     * Makes the failure of a service.
     *
     * @param why what went wrong, for the log
     */
    public static ServiceException failed(String why) {
        return new ServiceException(Kind.FAILED, why);
    }

    static ServiceException refused(String reason) {
        return new ServiceException(Kind.REFUSED, reason);
    }

    static ServiceException busy() {
        return new ServiceException(Kind.BUSY, "too many questions wait for the service");
    }

    /** Returns why there is no answer. */
    public Kind kind() {
        return kind;
    }
}
