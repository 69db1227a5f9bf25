package dev.countersign.bridge

import android.content.Context
import android.content.pm.ApplicationInfo
import android.content.pm.PackageManager
import dev.countersign.agent.protocol.Configuration

private fun applicationOf(context: Context): ApplicationInfo =
    context.packageManager.getApplicationInfo(context.packageName, PackageManager.GET_META_DATA)

/** The configuration string that the build put into the app's manifest. */
internal fun configurationTextOf(context: Context): String =
    requireNotNull(applicationOf(context).metaData?.getString("dev.countersign.CONFIGURATION")) { "the manifest has no dev.countersign.CONFIGURATION" }

/** The same, read. */
internal fun configurationOf(context: Context): Configuration {
    val app = applicationOf(context)
    val configuration = Configuration.parse(configurationTextOf(context))
    // A development project takes test devices: a build that users get must not ask it.
    require(!configuration.isDevelopment || (app.flags and ApplicationInfo.FLAG_DEBUGGABLE) != 0) {
        "a build that is not debuggable takes the configuration string of the production project"
    }
    return configuration
}
