/** Who may do what: one authorizer that every command and read passes. */
@NullMarked
package io.mooring.machine.auth;

import org.jspecify.annotations.NullMarked;
