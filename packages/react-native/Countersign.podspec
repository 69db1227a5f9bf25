require 'json'

package = JSON.parse(File.read(File.join(__dir__, 'package.json')))

# Both are functions that the app's Podfile brings along: React Native's scripts, and Expo's over them.
has_react = respond_to?(:install_modules_dependencies, true)
has_expo = respond_to?(:use_expo_modules!, true)

# One pod, whoever links it: Expo's autolinking, React Native's, or a line of a native app's own Podfile. Expo's autolinking comes first where both look
# (`podspecPath` of expo-module.config.json), so that it is linked once.
Pod::Spec.new do |s|
  s.name = 'Countersign'
  s.version = package['version']
  s.summary = package['description']
  s.license = package['license']
  s.homepage = "https://www.npmjs.com/package/#{package['name']}"
  s.author = 'Countersign'
  s.source = { :http => "https://registry.npmjs.org/#{package['name']}/-/react-native-#{package['version']}.tgz" }
  s.platform = :ios, has_react ? '15.0' : '15.4'
  s.swift_version = '5.9'
  s.static_framework = true

  # The agent, what every bridge calls, and the connections of URLSession.
  sources = ['ios/Agent/**/*.swift', 'ios/Bridge/**/*.swift', 'ios/URLSession/**/*.swift']
  if has_react
    sources << 'ios/ReactNative/Start/*.{h,m,swift}'
    sources << (has_expo ? 'ios/Expo/*.swift' : 'ios/ReactNative/Module/*.{mm,swift}')
    s.private_header_files = 'ios/ReactNative/**/*.h'
  else
    # A native app runs the core, JavaScript of 2022, in JavaScriptCore; others have it in their own JavaScript.
    sources << 'ios/Core/**/*.swift'
    s.resources = 'core/countersign-core.js'
  end
  s.source_files = sources
  s.resource_bundles = { 'Countersign_privacy' => ['ios/PrivacyInfo.xcprivacy'] }
  s.frameworks = ['CFNetwork', 'DeviceCheck', 'Network', 'Security', 'UIKit'] + (has_react ? [] : ['JavaScriptCore'])
  s.pod_target_xcconfig = { 'DEFINES_MODULE' => 'YES' }

  if has_react
    install_modules_dependencies(s)
    s.dependency 'React-RCTNetwork'
  end
  if has_expo
    s.dependency 'Expo'
    s.dependency 'ExpoModulesCore'
  end
end
