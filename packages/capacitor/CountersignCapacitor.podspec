require 'json'

package = JSON.parse(File.read(File.join(__dir__, 'package.json')))
# In the published package the agent's sources lie beside the plugin's; in the repository they are @countersign/react-native's.
sources = File.directory?(File.join(__dir__, 'ios/Agent')) ? 'ios' : '../react-native/ios'

Pod::Spec.new do |s|
  s.name = 'CountersignCapacitor'
  s.version = package['version']
  s.summary = package['description']
  s.license = package['license']
  s.homepage = 'https://www.npmjs.com/package/@countersign/capacitor'
  s.author = 'Countersign contributors'
  s.source = { :http => "https://registry.npmjs.org/@countersign/capacitor/-/capacitor-#{package['version']}.tgz" }
  s.source_files = ['ios/Plugin/**/*.swift', "#{sources}/Agent/**/*.swift", "#{sources}/Bridge/**/*.swift"]
  s.resource_bundles = { 'CountersignCapacitor' => ["#{sources}/PrivacyInfo.xcprivacy"] }
  s.ios.deployment_target = '15.0'
  s.swift_version = '5.9'
  s.dependency 'Capacitor'
end
