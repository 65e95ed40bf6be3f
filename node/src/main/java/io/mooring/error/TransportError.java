package io.mooring.error;

/**
 * A refusal by the transport, whose text names the numbers or the method concerned and so cannot be
 * a constant.
 *
 * @param code the gRPC status
 * @param text the exact text on the wire
 */
public record TransportError(Code code, String text) implements EtcdError {}
