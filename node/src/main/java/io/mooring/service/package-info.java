/** One class per etcd service: validation, the caller, which path a request takes. Client loops. */
@NullMarked
package io.mooring.service;

import org.jspecify.annotations.NullMarked;
