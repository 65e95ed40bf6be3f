/**
 * Who may do what: one authorizer, asked by every command and every read with one normalised
 * description of what it touches. Immutable values; any thread.
 */
@NullMarked
package io.mooring.machine.auth;

import org.jspecify.annotations.NullMarked;
