package io.mooring.error;

/** Refusals of authentication, permissions, users and roles. */
public enum AuthError implements EtcdError {
  USER_EMPTY(Code.INVALID_ARGUMENT, "etcdserver: user name is empty"),
  ROLE_EMPTY(Code.INVALID_ARGUMENT, "etcdserver: role name is empty"),
  AUTH_FAILED(
      Code.INVALID_ARGUMENT, "etcdserver: authentication failed, invalid user ID or password"),
  PERMISSION_NOT_GIVEN(Code.INVALID_ARGUMENT, "etcdserver: permission not given"),
  INVALID_MANAGEMENT(Code.INVALID_ARGUMENT, "etcdserver: invalid auth management"),
  OLD_REVISION(Code.INVALID_ARGUMENT, "etcdserver: revision of auth store is old"),
  ROOT_USER_MISSING(Code.FAILED_PRECONDITION, "etcdserver: root user does not exist"),
  ROOT_ROLE_MISSING(Code.FAILED_PRECONDITION, "etcdserver: root user does not have root role"),
  USER_EXISTS(Code.FAILED_PRECONDITION, "etcdserver: user name already exists"),
  USER_NOT_FOUND(Code.FAILED_PRECONDITION, "etcdserver: user name not found"),
  ROLE_EXISTS(Code.FAILED_PRECONDITION, "etcdserver: role name already exists"),
  ROLE_NOT_FOUND(Code.FAILED_PRECONDITION, "etcdserver: role name not found"),
  ROLE_NOT_GRANTED(Code.FAILED_PRECONDITION, "etcdserver: role is not granted to the user"),
  PERMISSION_NOT_GRANTED(
      Code.FAILED_PRECONDITION, "etcdserver: permission is not granted to the role"),
  NOT_ENABLED(Code.FAILED_PRECONDITION, "etcdserver: authentication is not enabled"),
  PERMISSION_DENIED(Code.PERMISSION_DENIED, "etcdserver: permission denied"),
  INVALID_TOKEN(Code.UNAUTHENTICATED, "etcdserver: invalid auth token"),
  NO_PASSWORD_USER(
      Code.UNKNOWN, "auth: authentication failed, password was given for no password user"),
  PASSWORD_TOO_LONG(Code.UNKNOWN, "bcrypt: password length exceeds 72 bytes");

  private final Code code;
  private final String text;

  AuthError(Code code, String text) {
    this.code = code;
    this.text = text;
  }

  @Override
  public String text() {
    return text;
  }

  @Override
  public Code code() {
    return code;
  }
}
