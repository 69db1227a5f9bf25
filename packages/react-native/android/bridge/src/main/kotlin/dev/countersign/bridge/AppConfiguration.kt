package dev.countersign.bridge

import android.content.Context
import android.content.pm.ApplicationInfo
import android.content.pm.PackageManager
import dev.countersign.agent.protocol.Configuration

/** The configuration string that the build put into the app's manifest. */
internal fun configurationOf(context: Context): Configuration {
    val app = context.packageManager.getApplicationInfo(context.packageName, PackageManager.GET_META_DATA)
    val text = requireNotNull(app.metaData?.getString("dev.countersign.CONFIGURATION")) { "the manifest has no dev.countersign.CONFIGURATION" }
    val configuration = Configuration.parse(text)
    // A development project takes test devices: a build that users get must not ask it.
    require(!configuration.isDevelopment || (app.flags and ApplicationInfo.FLAG_DEBUGGABLE) != 0) {
        "a build that is not debuggable takes the configuration string of the production project"
    }
    return configuration
}
