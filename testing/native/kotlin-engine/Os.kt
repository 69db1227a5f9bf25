@file:Suppress("PackageDirectoryMismatch")

package android.os

class Looper private constructor() {
    companion object {
        private val main = Looper()

        @JvmStatic
        fun getMainLooper() = main
    }
}

/** In place of the platform's: keeps what is posted until it is told to run it, as the main thread does. */
class Handler(@Suppress("UNUSED_PARAMETER") looper: Looper) {
    fun post(work: Runnable): Boolean = waiting.add(work)

    companion object {
        private val waiting = ArrayDeque<Runnable>()

        fun runAll() {
            while (waiting.isNotEmpty()) waiting.removeFirst().run()
        }
    }
}
