#include "engine/embed/common_words.h"

namespace quire::embed {

std::string_view GrammarWords() {
  return "i me my mine myself you your yours yourself he him his himself she her hers herself its itself we "
         "us our ours ourselves them themselves who whom whose which what when where why how whether while "
         "because since until though although unless than too very just only own same so some any each every "
         "either neither both few many much more most less least other others another all none nor do does "
         "did done doing don't doesn't didn't have has had having haven't hasn't am were been being isn't "
         "aren't wasn't weren't can can't cannot could couldn't may might must shall should shouldn't would "
         "wouldn't won't will about above across after again against along among around before behind below "
         "beneath beside between beyond down during except from inside like near off onto out outside over "
         "per through throughout toward towards under up upon via within without also always already almost "
         "already ever never often sometimes usually still yet even here there now then thus hence therefore "
         "however instead else otherwise perhaps maybe quite rather such once twice else etc e.g i.e get "
         "gets got getting give gives given let lets make makes made making go goes going went come comes "
         "came take takes took taken one two that's it's i'm i've you're they're what's there's he's she's "
         "please yes ok okay";
}

std::string_view GeneralWords() {
  return "able according add added addition additional allow allows any anyone anything application apply "
         "applied approach appropriate area aspect associated available base based basic become becomes "
         "begin best better big bring call called case cases cause certain change changes choose clear close "
         "common compare complete concern concerning condition conditions consider considered consist "
         "contain contains content continue control copy correct create current data day days deal define "
         "defined definition depend depends describe described detail details determine determined develop "
         "developed development differ difference different difficult direct discuss discussed easy effect "
         "effects end enough ensure entire especially example examples exist existing expect explain fact "
         "far figure final find finding first follow following follows form found full function further "
         "general generally give good great group hand happen help high important include included includes "
         "including increase increased indicate individual information interest involve involved issue item "
         "keep kind kinds know known large larger last late later lead level likely line list literature "
         "little long look low main major manner mean means measure method methods mention mind multiple "
         "name natural need needed needs new next note nothing number numbers obtain obtained occur old open "
         "order paper papers part particular past people perform person place point points position possible "
         "practice present presented previous problem problems process produce produced provide provided "
         "provides purpose put question questions range reason receive recent refer reference related "
         "relation relative relatively report represent require required research respect result results "
         "return right role run said say second section see seem seen select separate set several short show "
         "shown shows similar simple single situation small something source specific start state step steps "
         "study studied subject suggest support sure table tell term terms text thing things think third "
         "three time times today total try turn type types understand use used useful user users uses using "
         "value values various want way ways well wide work working works world write written year years";
}

}  // namespace quire::embed
