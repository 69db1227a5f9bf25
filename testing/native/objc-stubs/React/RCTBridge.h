// React Native's own speaks of half of UIKit; its other headers only add to this class.
#pragma once

#import <Foundation/Foundation.h>

@interface RCTBridge : NSObject
@end
