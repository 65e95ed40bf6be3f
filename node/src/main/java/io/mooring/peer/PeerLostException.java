package io.mooring.peer;

/** Why a link is given up, where nobody else has said so; without a stack. */
final class PeerLostException extends Exception {

  private static final long serialVersionUID = 1;

  PeerLostException(String message) {
    super(message, null, false, false);
  }
}
