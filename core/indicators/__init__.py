"""Technical indicators over candles, with TA-Lib's numbers, and the miners' own series over daily rows.

``compute(name, candles, **params)`` gives a frame with the index of the candles:

================= ==================================================== ===========================================
name              parameters (defaults)                                columns
================= ==================================================== ===========================================
sma               length 30                                            sma
ema               length 30                                            ema
wma               length 30                                            wma
rsi               length 14                                            rsi
macd              fastperiod 12, slowperiod 26, signalperiod 9         macd, signal, histogram
bollinger         length 20, nbdevup 2.0, nbdevdn 2.0                  upper, middle, lower
atr               length 14                                            atr
adx               length 14                                            adx, plus_di, minus_di
stoch             fastk_period 5, slowk_period 3, slowd_period 3       k, d
stochrsi          length 14, fastk_period 5, fastd_period 3            k, d
cci               length 14                                            cci
willr             length 14                                            willr
roc               length 10                                            roc
obv                                                                    obv
mfi               length 14                                            mfi
trix              length 30                                            trix
aroon             length 14                                            aroon_down, aroon_up, aroon_oscillator
psar              acceleration 0.02, maximum 0.2                       psar
kama              length 30                                            kama
ultosc            timeperiod1 7, timeperiod2 14, timeperiod3 28        ultosc
ichimoku          conversion 9, base 26, span_b 52, displacement 26    conversion, base, span_a, span_b, lagging
vwap              session all, length 0                                vwap
hashprice                                                              hashprice
hash_ribbons      short 30, long 60                                    short, long, capitulation, recovery
difficulty_ribbon                                                      sma_9, sma_14, sma_25, sma_40, sma_60, sma_90, sma_128, sma_200
puell             length 365                                           puell
fees_share                                                             fees_share
miner_revenue                                                          miner_revenue
================= ==================================================== ===========================================
"""

from core.indicators.compute import compute
from core.indicators.indicator import (
    CANDLE_COLUMNS,
    NETWORK_COLUMNS,
    Group,
    Indicator,
    Kind,
    Memory,
    Output,
    Parameter,
    Style,
)
from core.indicators.registry import INDICATORS

__all__ = [
    "CANDLE_COLUMNS",
    "INDICATORS",
    "NETWORK_COLUMNS",
    "Group",
    "Indicator",
    "Kind",
    "Memory",
    "Output",
    "Parameter",
    "Style",
    "compute",
]
