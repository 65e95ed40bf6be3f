/**
 * One class per etcd service: validation, the caller, which path a request takes. On client loops,
 * one instance for each; never touches the engine, and knows nothing of HTTP.
 */
@NullMarked
package io.mooring.service;

import org.jspecify.annotations.NullMarked;
