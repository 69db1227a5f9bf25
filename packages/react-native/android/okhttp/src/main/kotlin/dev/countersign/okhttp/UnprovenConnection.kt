package dev.countersign.okhttp

import java.io.IOException

/** OkHttp handed a request to a connection that was not proven for its host by its policy. Nothing of the request was written to it. */
class UnprovenConnection internal constructor(internal val wasSentBefore: Boolean) : IOException("the connection is not proven for this host")
