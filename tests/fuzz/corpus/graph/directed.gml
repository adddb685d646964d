graph [ directed 1
node [ id 1 ] node [ id 2 ] node [ id 3 ]
edge [ source 1 target 2 LinkSpeedRaw 100 ]
edge [ source 2 target 1 LinkSpeedRaw 200 ]
edge [ source 2 target 3 LinkSpeedRaw 300 ] ]
